/**
 * The demo as a new user runs it: it kills its own engine, goes on, and proves that nothing leaked. And the worry about
 * every proof: that it would have said so anyway. So one row of each of the workers' tables is falsified in turn.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "clew-demo-"));
const shop = join(folder, ".clew", "demo", "shop.db");
const untouched = join(folder, "untouched.db");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function runDemo(): Promise<Ended> {
  const demo = spawn(join(root, "bin", "clew"), ["demo"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  demo.stdout.setEncoding("utf8").on("data", (more: string) => (text.out += more));
  demo.stderr.setEncoding("utf8").on("data", (more: string) => (text.err += more));
  return new Promise((resolve, reject) => {
    demo.on("error", reject);
    demo.on("close", (code) => resolve({ code, ...text }));
  });
}

function falsify(change: (shopDb: DatabaseSync) => void): void {
  const db = new DatabaseSync(shop, { enableForeignKeyConstraints: false });
  try {
    change(db);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}

test(
  "a thousand orders, a kill, two runs in full, and a ledger that balances, within a minute",
  { timeout: 90_000 },
  async () => {
    const startedAt = performance.now();
    const { code, out, err } = await runDemo();
    expect(code, out + err).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    const golden = join(root, "examples/order-processing/golden/ecommerce_order_processing.workflow.txt");
    expect(out.startsWith(readFileSync(golden, "utf8"))).toBe(true);
    expect(err).toMatch(/Killed the engine's process \d+ \(SIGKILL\): \d+ orders had ended, [1-9]\d* were open/);
    expect(out).toMatch(/order-\d+ {2}ecommerce_order_processing@1 {2}✓ completed/);
    expect(out).toMatch(/order-\d+ {2}ecommerce_order_processing@1 {2}↩ compensated \(step_failed\)/);
    expect(out).toContain("1000 orders: 887 completed, 113 undone, 0 in limbo");
  },
);

test(
  "an unfinished demo goes on, and a row that is falsified in any table is seen: exit 1",
  { timeout: 180_000 },
  async () => {
    falsify(() => {});
    copyFileSync(shop, untouched);
    const db = new DatabaseSync(untouched, { readOnly: true });
    const tables = db
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")
      .all()
      .map((row) => String(row["name"]));
    db.close();
    expect(tables.length).toBeGreaterThanOrEqual(8);
    for (const table of tables) {
      falsify((shopDb) => {
        const row = shopDb.prepare(`select * from "${table}" limit 1`).get() ?? {};
        const columns = Object.keys(row).map((column) => `"${column}" is ?`);
        const { changes } = shopDb
          .prepare(`delete from "${table}" where ${columns.join(" and ")}`)
          .run(...Object.values(row));
        expect(changes, table).toBe(1);
      });
      writeFileSync(join(folder, ".clew", "demo", "progress.json"), JSON.stringify({ killed: true, finished: false }));
      const { code, out, err } = await runDemo();
      expect(err, table).toContain("it goes on where it was");
      expect(code, `${table}: ${out}${err}`).toBe(1);
      expect(out, table).toContain("WRONG");
      copyFileSync(untouched, shop);
    }
  },
);
