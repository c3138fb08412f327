/** The worry: a proof that says "balanced" of anything. So every table is falsified, column by column, row by row. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateOrders } from "./generate-orders.ts";
import { proofProgram, proveLedger } from "./ledger-proof.ts";
import type { Order } from "./order.ts";
import { Rehearsal } from "./rehearsal.ts";
import { shopWorkers } from "./shop-workers.ts";
import { openShop } from "./shop.ts";

const { orders, expected } = generateOrders();
const folder = mkdtempSync(join(tmpdir(), "order-processing-"));
const file = join(folder, "shop.db");
const wrong = join(folder, "wrong.db");

/** Every order with a hiccup or a late answer, some of the others, among them one for each product. */
const chosen = orders.filter((order, at) => at < 130 || order.slow || order.hiccups);

beforeAll(() => play(file, chosen));
afterAll(() => rmSync(folder, { recursive: true }));

async function play(path: string, some: readonly Order[], until?: number): Promise<void> {
  const shop = openShop(path);
  const rehearsal = new Rehearsal(shopWorkers(shop, { pause: () => Promise.resolve() }), 2);
  for (const order of some)
    expect(await rehearsal.play(order, until), order.orderId).toBe(until ? "stopped" : expected[order.orderId]);
  shop.connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  shop.connection.close();
}

const exitOf = (path: string) => proofProgram([path], () => {});

/** Changes a copy behind the back of all its rules, and says what the proof thinks of it; nothing if nothing changed. */
function exitAfter(sql: string, ...values: SQLInputValue[]): number | undefined {
  copyFileSync(file, wrong);
  const connection = new DatabaseSync(wrong);
  connection.exec("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF");
  const { changes } = connection.prepare(sql).run(...values);
  connection.close();
  return changes === 0 ? undefined : exitOf(wrong);
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** Part of the primary key. */
  readonly key: boolean;
  readonly unique: boolean;
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Record<string, SQLInputValue>[];
}

const columnsOf = `
  SELECT name, type, pk > 0 AS key, pk > 0 OR name IN (
    SELECT inner.name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS inner WHERE list."unique") AS only
  FROM pragma_table_info(?)`;

/** As the file has them, so that none is forgotten; of each table the first row, one in the middle and the last. */
function tables(): Table[] {
  const connection = new DatabaseSync(file, { readOnly: true });
  const names = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  const found = names.map(({ name }): Table => {
    const columns = connection.prepare(columnsOf).all(String(name), String(name));
    const all = connection.prepare(`SELECT * FROM ${name}`).all() as Record<string, SQLInputValue>[];
    const stride = Math.max(1, Math.ceil((all.length - 1) / 2));
    return {
      name: String(name),
      columns: columns.map((column) => ({
        name: String(column["name"]),
        type: String(column["type"]),
        key: column["key"] === 1,
        unique: column["only"] === 1,
      })),
      rows: all.filter((_, at) => at % stride === 0 || at === all.length - 1),
    };
  });
  connection.close();
  return found;
}

/** The least change; where a unique column has that value already, another one. */
const othersThan = (value: SQLInputValue, type: string): [SQLInputValue, SQLInputValue] =>
  type === "INTEGER" ? [Number(value ?? 0) + 1, -1 - Number(value ?? 0)] : [`${value ?? ""}x`, `x${value ?? ""}`];

const keysOf = ({ columns }: Table) => columns.filter((column) => column.key).map((column) => column.name);

function where(table: Table, row: Record<string, SQLInputValue>): { sql: string; values: SQLInputValue[] } {
  const keys = keysOf(table);
  return { sql: keys.map((key) => `${key} = ?`).join(" AND "), values: keys.map((key) => row[key] ?? null) };
}

test("honest books balance, and the counts are those of the orders", () => {
  const proof = proveLedger(file);
  expect(proof.checks.filter((check) => !check.ok)).toEqual([]);
  const completed = chosen.filter((order) => expected[order.orderId] === "completed");
  expect(proof).toMatchObject({
    balanced: true,
    orders: { seen: chosen.length, completed: completed.length, undone: chosen.length - completed.length },
  });
  const sold = completed.reduce((sum, order) => sum + order.total, 0);
  const pieces = completed.flatMap((order) => order.lines).reduce((sum, line) => sum + line.quantity, 0);
  expect(proof.checks.slice(0, 2)).toMatchObject([
    { expected: sold, found: sold },
    { expected: pieces, found: pieces },
  ]);
  expect(exitOf(file)).toBe(0);
});

test("the chosen orders put a row into every table", () => {
  expect(tables().length).toBeGreaterThanOrEqual(15);
  for (const table of tables()) expect(table.rows.length, table.name).toBeGreaterThan(0);
});

test("a changed value in any column of any table is noticed", () => {
  for (const table of tables())
    for (const row of table.rows)
      for (const { name, type } of table.columns) {
        const at = where(table, row);
        const update = `UPDATE OR IGNORE ${table.name} SET ${name} = ? WHERE ${at.sql}`;
        const [one, another] = othersThan(row[name] ?? null, type);
        const exit = exitAfter(update, one, ...at.values) ?? exitAfter(update, another, ...at.values);
        expect(exit, `${table.name}.${name} of ${JSON.stringify(row)}`).toBe(1);
      }
});

test("a lost row of any table is noticed", () => {
  for (const table of tables())
    for (const row of table.rows) {
      const at = where(table, row);
      const exit = exitAfter(`DELETE FROM ${table.name} WHERE ${at.sql}`, ...at.values);
      expect(exit, `${table.name} without ${JSON.stringify(row)}`).toBe(1);
    }
});

test("a row added to any table, like another but for what must be unique, is noticed", () => {
  for (const table of tables())
    for (const row of table.rows) {
      const values = table.columns.map(({ name, type, unique }) => {
        const value = row[name] ?? null;
        return unique && value !== null ? othersThan(value, type)[1] : value;
      });
      const exit = exitAfter(`INSERT INTO ${table.name} VALUES (${values.map(() => "?").join(", ")})`, ...values);
      expect(exit, `${table.name} with another ${JSON.stringify(row)}`).toBe(1);
    }
});

test("a row added under one key of two, so that it hangs on what is there, is noticed", () => {
  for (const table of tables().filter((table) => keysOf(table).length > 1))
    for (const row of table.rows)
      for (const key of keysOf(table)) {
        const values = table.columns.map(({ name, type }) => {
          const value = row[name] ?? null;
          return name === key ? othersThan(value, type)[1] : value;
        });
        const exit = exitAfter(`INSERT INTO ${table.name} VALUES (${values.map(() => "?").join(", ")})`, ...values);
        expect(exit, `${table.name} with another ${key} for ${JSON.stringify(row)}`).toBe(1);
      }
});

/** One wrong for each check, of the kind that it is there for. */
const wrongs: Readonly<Record<string, string>> = {
  "charged minus refunded": "UPDATE entry SET amount = amount + 1 WHERE posting = 3 AND account = 'cash'",
  "reserved minus released": "UPDATE shipment_line SET quantity = quantity + 1 WHERE shipment = 1",
  "every order is wholly": "DELETE FROM notification WHERE number = 7",
  "every posting moves": "UPDATE entry SET amount = amount + 1 WHERE posting = 3 AND account = 'sales'",
  "the accounts are": "UPDATE account SET balance = balance - 1 WHERE code = 'cash'",
  "a refund gives back":
    "UPDATE entry SET amount = amount + 1 WHERE posting = (SELECT max(number) FROM posting WHERE refunds > 0)",
  "on the shelf": "UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'kettle-gooseneck'",
  "reservations and shipments":
    "UPDATE reservation_line SET quantity = quantity + 1 WHERE reservation LIKE '%order-0005/%'",
  "an order is what was accepted": "UPDATE product SET price = price + 1 WHERE sku = 'scale-brewing'",
  "every effect that": "DELETE FROM clew_effect WHERE key = 'uid-of-order-0005/generate_confirmation'",
  "every run went": "DELETE FROM clew_effect WHERE key = 'uid-of-order-0005/process_payment'",
  "an order was stopped": "UPDATE clew_effect SET problem = NULL WHERE problem LIKE '%card_declined%'",
  "attempts were refused": "DELETE FROM clew_refusal WHERE key LIKE '%/process_payment' AND attempt = 2",
  "the file is sound": "DELETE FROM customer_order WHERE order_id = 'order-0005'",
};

test("every check notices the wrong that it is there for", () => {
  expect(Object.keys(wrongs)).toHaveLength(proveLedger(file).checks.length);
  for (const [start, sql] of Object.entries(wrongs)) {
    expect(exitAfter(sql), sql).toBe(1);
    const check = proveLedger(wrong).checks.find(({ name }) => name.startsWith(start));
    expect(check, sql).toMatchObject({ ok: false });
    expect(check?.offenders.length, sql).toBeGreaterThan(0);
  }
});

test("an order that was left half-way is told as in limbo wherever money or stock hangs on it", async () => {
  for (const until of [2, 3, 4, 5]) {
    const path = join(folder, `stopped-${until}.db`);
    await play(
      path,
      orders.filter((order) => expected[order.orderId] === "completed" && !order.hiccups).slice(0, 7),
      until,
    );
    const proof = proveLedger(path);
    const limbo = proof.checks.find((check) => check.name === "every order is wholly completed or wholly undone");
    expect(proof.balanced).toBe(false);
    expect(limbo).toMatchObject({ ok: false, found: 7 });
    expect(limbo?.offenders).toHaveLength(5);
  }
});

test("the proof shares no code with the engine or the workers", () => {
  const sources = ["ledger-proof.ts", "ledger-checks.ts"].map((name) =>
    readFileSync(new URL(name, import.meta.url), "utf8"),
  );
  const imported = sources.flatMap((source) => [...source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)]);
  expect(imported.map(([, from]) => from).sort()).toEqual([
    "./ledger-checks.ts",
    "node:crypto",
    "node:fs",
    "node:sqlite",
  ]);
});

test("an empty shop balances", () => {
  const path = join(folder, "empty.db");
  const shop = openShop(path);
  shopWorkers(shop);
  shop.connection.close();
  expect(exitOf(path)).toBe(0);
});

test("as a program it prints a table or JSON, and its exit code is the answer", () => {
  const program = new URL("ledger-proof.ts", import.meta.url).pathname;
  const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  expect(run(file)).toMatchObject({ status: 0, stdout: expect.stringContaining("balanced"), stderr: "" });
  expect(JSON.parse(run(file, "--json").stdout)).toEqual(proveLedger(file));
  copyFileSync(file, wrong);
  const connection = new DatabaseSync(wrong);
  connection.exec("UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'whisk-bamboo'");
  connection.close();
  expect(run(wrong)).toMatchObject({ status: 1, stdout: expect.stringContaining("whisk-bamboo") });
  expect(run(join(folder, "nowhere.db"))).toMatchObject({ status: 4, stdout: "" });
  expect(run(program)).toMatchObject({ status: 2, stdout: "" });
  expect(run("--jsno", file)).toMatchObject({ status: 2, stdout: "" });
});
