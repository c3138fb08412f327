/**
 * The rows of the effect ledger in the worker's own SQLite database, and the one transaction that they share with the
 * effect. Every write here happens inside `transaction`.
 *
 * A forward key has at most one row in `clew_effect`: done, undone, or a tombstone (nothing was done and nothing ever
 * will be). `clew_refusal` holds attempts that were refused with no effect while the key itself stays open.
 */
import { ClewError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import type { Problem } from "../../base/problem.ts";

/** What the ledger needs of a connection: `DatabaseSync` of node:sqlite has it, and so has better-sqlite3. */
export interface LedgerConnection {
  exec(sql: string): unknown;
  prepare(sql: string): LedgerStatement;
}

export interface LedgerStatement {
  get(...values: (string | number | null)[]): unknown;
  run(...values: (string | number | null)[]): unknown;
}

export type Entry =
  | { readonly state: "done" | "undone"; readonly output: Json; readonly undo: Json | undefined }
  /** With the problem that the worker refused with, where it was its refusal that closed the key. */
  | { readonly state: "tombstone"; readonly problem: Problem | undefined };

export interface Refusal {
  readonly problem: Problem;
  readonly retryable: boolean;
}

const tables = `
  CREATE TABLE IF NOT EXISTS clew_effect (
    key TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'tombstone')),
    output TEXT,
    undo TEXT,
    problem TEXT
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS clew_refusal (
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    problem TEXT NOT NULL,
    retryable INTEGER NOT NULL,
    PRIMARY KEY (key, attempt)
  ) WITHOUT ROWID`;

export class LedgerStore {
  private readonly connection: LedgerConnection;
  private readonly selectEffect: LedgerStatement;
  private readonly insertEffect: LedgerStatement;
  private readonly updateEffect: LedgerStatement;
  private readonly selectRefusal: LedgerStatement;
  private readonly insertRefusal: LedgerStatement;

  constructor(connection: LedgerConnection) {
    connection.exec(tables);
    this.connection = connection;
    this.selectEffect = connection.prepare("SELECT state, output, undo, problem FROM clew_effect WHERE key = ?");
    this.insertEffect = connection.prepare("INSERT INTO clew_effect VALUES (?, ?, ?, ?, ?)");
    this.updateEffect = connection.prepare("UPDATE clew_effect SET state = 'undone' WHERE key = ?");
    this.selectRefusal = connection.prepare(
      "SELECT problem, retryable FROM clew_refusal WHERE key = ? AND attempt = ?",
    );
    this.insertRefusal = connection.prepare("INSERT INTO clew_refusal VALUES (?, ?, ?, ?)");
  }

  /** Commits what `work` wrote if it returns, and nothing of it if it throws. Readers and writers before it are seen. */
  transaction<T>(work: () => T): T {
    this.begin();
    try {
      const value = work();
      this.connection.exec("COMMIT");
      return value;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /**
   * Inside a transaction: undoes what `work` wrote if it throws, and leaves the transaction open. Throws if the work has
   * ended the transaction on its own: nothing can be said of what it wrote.
   */
  savepoint<T>(work: () => T): T {
    this.connection.exec("SAVEPOINT clew_work");
    try {
      const value = work();
      this.endSavepoint("RELEASE clew_work");
      return value;
    } catch (error) {
      this.endSavepoint("ROLLBACK TO clew_work; RELEASE clew_work");
      throw error;
    }
  }

  entry(key: string): Entry | undefined {
    const row = this.selectEffect.get(key) as EffectRow | undefined;
    if (!row) return undefined;
    if (row.state === "tombstone") return { state: row.state, problem: parsed<Problem>(row.problem) };
    return { state: row.state, output: parsed(row.output) ?? null, undo: parsed(row.undo) };
  }

  refusal(key: string, attempt: number): Refusal | undefined {
    const row = this.selectRefusal.get(key, attempt) as RefusalRow | undefined;
    return row && { problem: JSON.parse(row.problem) as Problem, retryable: row.retryable === 1 };
  }

  recordDone(key: string, output: Json, undo: Json | undefined): void {
    this.insertEffect.run(key, "done", JSON.stringify(output), undo === undefined ? null : JSON.stringify(undo), null);
  }

  recordUndone(key: string): void {
    this.updateEffect.run(key);
  }

  recordTombstone(key: string, problem?: Problem): void {
    this.insertEffect.run(key, "tombstone", null, null, problem ? JSON.stringify(problem) : null);
  }

  recordRefusal(key: string, attempt: number, { problem, retryable }: Refusal): void {
    this.insertRefusal.run(key, attempt, JSON.stringify(problem), retryable ? 1 : 0);
  }

  /** At once as a writer: two deliveries of one command must not both find nothing. */
  private begin(): void {
    try {
      this.connection.exec("BEGIN IMMEDIATE");
    } catch (cause) {
      if (!(cause instanceof Error && cause.message.includes("within a transaction"))) throw cause;
      throw new ClewError(
        "invalid_argument",
        "beginning an effect: its connection is in a transaction already, which could be rolled back with the effect in it",
        { mend: "Give the ledger a connection whose transactions nobody else opens, and do not nest effects.", cause },
      );
    }
  }

  private endSavepoint(sql: string): void {
    try {
      this.connection.exec(sql);
    } catch (cause) {
      throw new ClewError(
        "invalid_argument",
        "ending an effect: its transaction was ended from inside the work, so the effect may stand without its row",
        { mend: "Leave BEGIN, COMMIT and ROLLBACK to the ledger; use savepoints inside the work.", cause },
      );
    }
  }

  /** An error may have ended the transaction already; what is thrown then is the error itself. */
  private rollBack(): void {
    try {
      this.connection.exec("ROLLBACK");
    } catch {
      // There is nothing left to roll back.
    }
  }
}

interface EffectRow {
  readonly state: "done" | "undone" | "tombstone";
  readonly output: string | null;
  readonly undo: string | null;
  readonly problem: string | null;
}

interface RefusalRow {
  readonly problem: string;
  readonly retryable: number;
}

const parsed = <T = Json>(text: string | null): T | undefined => (text === null ? undefined : (JSON.parse(text) as T));
