/**
 * The worry: that a kill at the wrong moment loses an order, charges twice or leaves stock reserved for ever. The
 * engine's own process is killed with SIGKILL at random moments until ten kills have counted; one counts only if a
 * command was live and its worker's transaction was open or just committed, which the workers' trace and the journal
 * say together. Then the orders are finished, and the workers' ledger must balance.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openReader } from "clew";
import { perform } from "../src/operations/operation.ts";
import { listRuns, showRun } from "../src/operations/runs.ts";
import { proveLedger } from "../examples/order-processing/ledger-proof.ts";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples", "order-processing");
const folder = mkdtempSync(join(tmpdir(), "clew-kill-"));
const files = {
  journal: join(folder, "journal.db"),
  shop: join(folder, "shop.db"),
  trace: join(folder, "trace"),
} as const;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const killsWanted = 10;
/** The orders would be used up before: then the test fails rather than counting less. */
const livesAtMost = 60;

function startEngine(): ChildProcess {
  return spawn(
    join(root, "bin", "clew"),
    [
      ...["run", join(example, "order-processing.yaml"), "--input", `@${join(example, "orders.jsonl")}`],
      ...["--id-from", "orderId", "--workers", join(example, "workers.ts"), "--journal", files.journal],
      ...["--timeout", "400ms", "--output", "jsonl", "--in-flight", "32"],
    ],
    {
      cwd: folder,
      env: { ...process.env, CLEW_SHOP_DB: files.shop, CLEW_SHOP_TRACE: files.trace },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
}

interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

function death(engine: ChildProcess): Promise<Death> {
  let said = "";
  engine.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
  return new Promise((resolve, reject) => {
    engine.on("error", reject);
    engine.on("close", (code, signal) => resolve({ code, signal, said }));
  });
}

/** Kills when the workers' trace has grown by so much: some moment in the middle of their work. */
async function liveAndDie(traceBytes: number): Promise<Death> {
  const before = traceSize();
  const engine = startEngine();
  const ended = death(engine);
  const watcher = watch(folder, (_event, name) => {
    if (name === "trace" && traceSize() >= before + traceBytes) engine.kill("SIGKILL");
  });
  try {
    return await ended;
  } finally {
    watcher.close();
  }
}

const traceSize = (): number => statSync(files.trace, { throwIfNoEntry: false })?.size ?? 0;

/** Whether the transaction that was traced last belongs to a command that the journal still holds as live. */
async function wasInFlight(): Promise<boolean> {
  const [, key = ""] = (readFileSync(files.trace, "utf8").trimEnd().split("\n").at(-1) ?? "").split(" ");
  const [uid, stepAndSide = ""] = key.split("/");
  const [stepName, undo] = stepAndSide.split("!");
  const reader = await openReader(files.journal);
  const { access } = reader;
  try {
    for (let after: string | undefined; ;) {
      const page = await perform(listRuns, access, { limit: 1000, ...(after === undefined ? {} : { after }) });
      const row = page.items.find((item) => item.uid === uid);
      if (row) {
        const view = await perform(showRun, access, { id: row.id });
        const step = view.steps.find((one) => one.step === stepName);
        return (undo === undefined ? step?.state : step?.compensation?.state) === "dispatched";
      }
      if (page.next === undefined) return false;
      after = page.next;
    }
  } finally {
    await reader.close();
  }
}

test(
  "ten kills with a worker's transaction in flight lose nothing and do nothing twice",
  { timeout: 180_000 },
  async () => {
    let counted = 0;
    let lives = 0;
    while (counted < killsWanted) {
      expect(++lives, `${counted} kills had counted`).toBeLessThanOrEqual(livesAtMost);
      const end = await liveAndDie(1000 + Math.floor(Math.random() * 15_000));
      expect(end.signal, `the orders were finished after ${counted} counted kills: ${end.said}`).toBe("SIGKILL");
      if (await wasInFlight()) counted++;
    }
    const last = await death(startEngine());
    expect(last, last.said).toMatchObject({ code: 0, signal: null });

    const proof = proveLedger(files.shop);
    expect(proof.checks.filter((check) => !check.ok)).toEqual([]);
    expect(proof.orders).toMatchObject({ seen: 1000 });

    const expected = JSON.parse(readFileSync(join(example, "orders.expected.json"), "utf8")) as Record<string, string>;
    const reader = await openReader(files.journal);
    const { items } = await reader.journal.list({}, { limit: 1000 });
    await reader.close();
    const found = Object.fromEntries(items.map(({ id, status }) => [id, status]));
    expect(found).toEqual(expected);
  },
);
