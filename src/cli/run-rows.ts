/** Runs as lists show them: in columns, or each as a line of its own. */
import { forPeople } from "../base/duration.ts";
import type { ListedRun } from "../operations/runs.ts";
import { localTime } from "./local-time.ts";
import { type Look, worded } from "./look.ts";
import { type Align, renderTable } from "./table.ts";
import { terminalText } from "./terminal-text.ts";

/** An error's beginning is enough to tell it from others; `clew runs show` has all of it. */
const longestError = 50;
const longestWait = 80;

interface Column {
  readonly head: string;
  readonly cell: (row: ListedRun, look: Look) => string;
  readonly align?: Align;
  /** Shown only where some run has it. */
  readonly isOptional?: true;
}

const columns: readonly Column[] = [
  { head: "run", cell: ({ id }) => terminalText(id) },
  { head: "workflow", cell: ({ workflow, workflowVersion }) => `${terminalText(workflow)}@${workflowVersion}` },
  { head: "status", cell: ({ status }, look) => worded(look, status) },
  { head: "started", cell: ({ startedAt }) => localTime(startedAt) },
  {
    head: "took",
    cell: ({ startedAt, endedAt }) => (endedAt === undefined ? "" : forPeople(endedAt - startedAt)),
    align: "right",
  },
  { head: "needs", cell: ({ attention = [] }) => attention.join(", "), isOptional: true },
  { head: "waits", cell: ({ waitsFor }) => terminalText(waitsFor?.what ?? "", longestWait), isOptional: true },
  { head: "last error", cell: ({ error = "" }) => terminalText(error, longestError), isOptional: true },
];

export function renderRows(rows: readonly ListedRun[], look: Look): string {
  const shown = columns.filter(({ cell, isOptional }) => !isOptional || rows.some((row) => cell(row, look) !== ""));
  return renderTable(
    shown.map(({ head }) => head),
    rows.map((row) => shown.map(({ cell }) => cell(row, look))),
    shown.map(({ align = "left" }) => align),
  );
}

export function renderRow(row: ListedRun, look: Look): string {
  const cells = columns.map(({ cell }) => cell(row, look));
  return cells.filter((cell) => cell !== "").join("  ");
}
