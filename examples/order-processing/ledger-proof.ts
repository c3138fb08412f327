#!/usr/bin/env node
/**
 * Proves from the workers' database alone that money and stock balance: `node ledger-proof.ts [file] [--json]`.
 *
 * It shares no code with the engine or the workers, so that a mistake of theirs cannot hide in here, and asks all its
 * questions in one read transaction, so that it may run while the workers go on. Then, however, orders under way are
 * in limbo and told as such; the proof is for when every run has ended.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { checks, counts, type LedgerCheck, workTables } from "./ledger-checks.ts";

export interface CheckedLedger {
  readonly name: string;
  readonly expected: number;
  readonly found: number;
  readonly ok: boolean;
  /** Up to 5 of those that break it: orders, products, keys. */
  readonly offenders: readonly string[];
}

export interface LedgerProof {
  readonly file: string;
  readonly balanced: boolean;
  /** Told from the shop's rows; an order that is in neither is in limbo. */
  readonly orders: { readonly seen: number; readonly completed: number; readonly undone: number };
  readonly checks: readonly CheckedLedger[];
}

const mostOffenders = 5;

/** Reads the file; throws when it is no shop's database. */
export function proveLedger(file: string): LedgerProof {
  const connection = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    connection.function("fingerprint_of", { varargs: true }, fingerprintOf);
    connection.exec(`PRAGMA temp_store = MEMORY; BEGIN; ${workTables}`);
    const results = checks.map((check) => ask(connection, check));
    const row = connection.prepare(counts).get() ?? {};
    const orders = { seen: Number(row["seen"]), completed: Number(row["completed"]), undone: Number(row["undone"]) };
    return { file, balanced: results.every((result) => result.ok), orders, checks: results };
  } finally {
    connection.close();
  }
}

function ask(connection: DatabaseSync, { name, expected, found, offenders }: LedgerCheck): CheckedLedger {
  const all = connection.prepare(offenders).all();
  const sums = { expected: number(connection, expected), found: found ? number(connection, found) : all.length };
  const few = all.slice(0, mostOffenders).map((row) => String(Object.values(row)[0]));
  return { name, ...sums, ok: all.length === 0 && sums.expected === sums.found, offenders: few };
}

/** A sum over no rows is NULL: nothing was charged, nothing was shipped. */
function number(connection: DatabaseSync, sql: string | undefined): number {
  if (sql === undefined) return 0;
  const [value] = Object.values(connection.prepare(sql).get() ?? {});
  return Number(value ?? 0);
}

/** As the workers made it when they accepted the order; written again here, not shared. */
function fingerprintOf(...[id, email, total, card, country, hiccups, lines]: unknown[]): string {
  const facts = [id, email, total, card, country, hiccups, JSON.parse(String(lines))];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

export function proofText({ file, balanced, orders, checks }: LedgerProof): string {
  const rows = checks.map(({ name, expected, found, ok }) => [
    ok ? "ok" : "WRONG",
    name,
    String(expected),
    String(found),
  ]);
  const table = [["", "check", "expected", "found"], ...rows];
  const width = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const pad = (cell: string, column: number) =>
    column < 2 ? cell.padEnd(width[column] ?? 0) : cell.padStart(width[column] ?? 0);
  const blame = checks.filter((check) => check.offenders.length > 0);
  const limbo = orders.seen - orders.completed - orders.undone;
  return [
    ...table.map((row) => row.map(pad).join("  ").trimEnd()),
    ...blame.map((check) => `\n${check.name}:\n  ${check.offenders.join("\n  ")}`),
    "",
    `${orders.seen} orders: ${orders.completed} completed, ${orders.undone} undone, ${limbo} in limbo`,
    `${balanced ? "balanced" : "NOT BALANCED"}: ${file}`,
  ].join("\n");
}

/** 0 balanced, 1 wrong, 2 used wrongly or no shop's database, 4 no such file: the exit codes of `clew`. */
export function proofProgram(args: readonly string[], print: (text: string) => void, complain = print): number {
  const [file = process.env["CLEW_SHOP_DB"] ?? ".clew/shop.db", ...more] = args.filter((arg) => !arg.startsWith("-"));
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--json") ?? more[0];
  if (unknown !== undefined) return (complain(`ledger-proof [file] [--json] does not know ${unknown}`), 2);
  if (!existsSync(file))
    return (complain(`There is no shop's database at ${file}: name it, or run the orders first`), 4);
  try {
    const proof = proveLedger(file);
    print(args.includes("--json") ? JSON.stringify(proof, null, 2) : proofText(proof));
    return proof.balanced ? 0 : 1;
  } catch (error) {
    complain(`${file} cannot be read as a shop's database: ${String(error)}`);
    return 2;
  }
}

if (import.meta.main) process.exitCode = proofProgram(process.argv.slice(2), console.log, console.error);
