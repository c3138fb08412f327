/** Writes what lists show of a run: its row in `runs`, and its attributes. Inside the writer's transaction. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RowChange, RunRow } from "../journal.ts";

const columns = [
  "status",
  "phase",
  "parked",
  "wake_at",
  "ended_at",
  "expires_at",
  "cause",
  "error",
  "incidents",
  "attention",
];

export class RowWriter {
  private readonly insertRun: StatementSync;
  private readonly updateRun: StatementSync;
  private readonly attributesOf: StatementSync;
  private readonly putAttribute: StatementSync;
  private readonly deleteAttribute: StatementSync;
  /** Whether any run has some: most journals are of workflows that declare none. */
  private hasAttributes: boolean;

  constructor(db: DatabaseSync) {
    this.insertRun = db.prepare(
      `insert into runs (id, uid, workflow, workflow_version, definition, started_at, ${columns.join(", ")})
       values (?, ?, ?, ?, ?, ?, ${columns.map(() => "?").join(", ")}) on conflict (id) do nothing`,
    );
    this.updateRun = db.prepare(`update runs set ${columns.map((column) => `${column} = ?`).join(", ")} where run = ?`);
    this.attributesOf = db.prepare("select name, value from run_attributes where run = ?");
    this.putAttribute = db.prepare(
      `insert into run_attributes (run, name, value) values (?, ?, ?)
       on conflict (run, name) do update set value = excluded.value`,
    );
    this.hasAttributes = db.prepare("select 1 from run_attributes limit 1").get() !== undefined;
    this.deleteAttribute = db.prepare("delete from run_attributes where run = ? and name = ?");
  }

  /** The run's number in the table; `undefined` where there is a run of that id. */
  insert(identity: Omit<RunRow, keyof RowChange>, row: RowChange): number | undefined {
    const { id, uid, workflow, workflowVersion, definition, startedAt } = identity;
    const inserted = this.insertRun.run(id, uid, workflow, workflowVersion, definition, startedAt, ...valuesOf(row));
    if (inserted.changes === 0) return undefined;
    const run = Number(inserted.lastInsertRowid);
    if (row.attributes) for (const entry of Object.entries(row.attributes)) this.put(run, entry);
    return run;
  }

  /** Attributes mostly stay as they were at the start: only what differs is written. */
  update(run: number, row: RowChange): void {
    this.updateRun.run(...valuesOf(row), run);
    if (!row.attributes && !this.hasAttributes) return;
    const wanted = new Map(Object.entries(row.attributes ?? {}));
    for (const { name, value } of this.attributesOf.all(run)) {
      const known = String(name);
      if (!wanted.has(known)) this.deleteAttribute.run(run, known);
      else if (wanted.get(known) === value) wanted.delete(known);
    }
    for (const entry of wanted) this.put(run, entry);
  }

  private put(run: number, [name, value]: readonly [name: string, value: string]): void {
    this.hasAttributes = true;
    this.putAttribute.run(run, name, value);
  }
}

type Values = readonly (string | number | null)[];

function valuesOf(row: RowChange): Values {
  const { status, phase, parked, wakeAt, endedAt, expiresAt, cause, error, incidents, attention } = row;
  return [
    status,
    phase,
    parked ? 1 : 0,
    wakeAt ?? null,
    endedAt ?? null,
    expiresAt ?? null,
    cause ?? null,
    error ?? null,
    incidents ? JSON.stringify(incidents) : null,
    attention ? JSON.stringify(attention) : null,
  ];
}
