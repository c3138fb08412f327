/** The operations on runs. */
import { ClewError } from "../base/errors.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Workflow } from "../definition/workflow.ts";
import { type PictureFormat, pictureFormats } from "../diagram/formats.ts";
import { pictureOf } from "../diagram/run/run-picture.ts";
import { drawRun as drawRunView, type RunViewName, runViewNames } from "../diagram/views.ts";
import { parseFilter } from "../journal/filter/parse-filter.ts";
import type { FilterTerm, RunFilter } from "../journal/filter/run-filter.ts";
import { longestFilter } from "../journal/filter/scan-filter.ts";
import type { JournalReader, NumberedTransition, PageOf, RunRecord, RunRow } from "../journal/journal.ts";
import type { SagaEvent } from "../saga/event.ts";
import { foldRun } from "../saga/evolve.ts";
import { type Waiting, waitsFor } from "../saga/plain-words.ts";
import type { Run } from "../saga/run.ts";
import { type Status, statuses } from "../saga/tables.ts";
import { type AnyOperation, objectSchema as object, type Operation, runId as id } from "./operation.ts";
import { isSensitive, redactedEvent, redactedRun } from "../saga/redacted.ts";
import { type RunView, viewRun } from "./run-view.ts";

const anyObject = { type: "object" };

interface ListInput {
  /** In the filter language (docs/filter.md). */
  readonly filter?: string;
  readonly status?: readonly Status[];
  readonly workflow?: string;
  readonly limit?: number;
  readonly after?: string;
  readonly newestFirst?: boolean;
  /** Says of each run that has not ended what it waits for; reads its history for that. */
  readonly explain?: boolean;
}

/** A run in a list; of one that has not ended, what it waits for where that was asked. */
export interface ListedRun extends RunRow {
  readonly waitsFor?: Waiting;
}

export const listRuns: Operation<ListInput, PageOf<ListedRun>> = {
  name: "runs.list",
  summary: "Lists runs in the order of their start, page by page.",
  permission: "read",
  changes: "nothing",
  input: object({
    filter: { type: "string", description: `in the filter language; at most ${longestFilter} characters` },
    status: { type: "array", items: { enum: [...statuses] }, maxItems: statuses.length },
    workflow: { type: "string", maxLength: 64 },
    limit: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
    after: { type: "string", maxLength: 256, description: "the `next` of the page before" },
    newestFirst: { type: "boolean", default: false },
    explain: { type: "boolean", default: false, description: "says what each open run waits for" },
  }),
  output: object({ items: { type: "array", items: anyObject }, next: { type: "string" } }, ["items"]),
  async perform({ journal, clock }, { limit = 100, after, newestFirst = false, explain = false, ...wanted }) {
    const from = after === undefined ? {} : { after };
    const page = await journal.list(filterOf(wanted, clock.now()), { limit, newestFirst, ...from });
    if (!explain) return page;
    const items: ListedRun[] = [];
    for (const row of page.items) items.push(await explained(journal, row));
    return { ...page, items };
  },
};

async function explained(journal: JournalReader, row: RunRow): Promise<ListedRun> {
  if (row.phase === "ended") return row;
  const record = await journal.load(row.id);
  if (record?.uid !== row.uid) return row;
  const workflow = await workflowOf(journal, record);
  const waiting = waitsFor(workflow, foldRun(workflow, record.transitions));
  return waiting ? { ...row, waitsFor: waiting } : row;
}

/** All of what was given must hold. Throws `invalid_filter`. */
export function filterOf(
  { filter = "", status, workflow }: Pick<ListInput, "filter" | "status" | "workflow">,
  now: number,
): RunFilter {
  const terms: FilterTerm[] = [
    ...(status ? [{ field: "status", anyOf: status } as const] : []),
    ...(workflow === undefined ? [] : [{ field: "workflow", anyOf: [{ name: workflow }] } as const]),
    ...(parseFilter(filter, now).terms ?? []),
  ];
  return { terms };
}

const countRuns: Operation<Record<string, never>, Partial<Record<Status, number>>> = {
  name: "runs.count",
  summary: "Counts runs by status.",
  permission: "read",
  changes: "nothing",
  input: object({}),
  output: object(Object.fromEntries(statuses.map((status) => [status, { type: "integer", minimum: 0 }]))),
  perform: async ({ journal }) => journal.counts(),
};

export const showRun: Operation<{ readonly id: string }, RunView> = {
  name: "runs.show",
  summary: "Shows a run as it stands: status, steps, compensations, incidents, residue.",
  permission: "read",
  changes: "nothing",
  input: object({ id }, ["id"]),
  output: anyObject,
  async perform({ journal }, input) {
    const { workflow, run } = await shownRun(journal, input.id);
    return viewRun(workflow, run);
  },
};

/** A run as far as it may be printed, with what it was folded from. Throws `run_unknown`. */
async function shownRun(
  journal: JournalReader,
  id: string,
): Promise<{ readonly workflow: Workflow; readonly run: Run; readonly transitions: RunRecord["transitions"] }> {
  const record = await journal.load(id);
  if (!record) throw unknownRun(id);
  const workflow = await workflowOf(journal, record);
  const { transitions } = record;
  return { workflow, run: redactedRun(workflow, foldRun(workflow, transitions)), transitions };
}

interface DrawInput {
  readonly id: string;
  readonly view: RunViewName;
  readonly format: PictureFormat;
}

export interface RunDrawing extends DrawInput {
  readonly workflow: string;
  readonly version: number;
  readonly picture: string;
}

export const drawRun: Operation<DrawInput, RunDrawing> = {
  name: "runs.draw",
  summary: "Draws a run: what became of its steps, or what of it would be undone now.",
  permission: "read",
  changes: "nothing",
  input: object({ id, view: { enum: [...runViewNames] }, format: { enum: [...pictureFormats] } }, [
    "id",
    "view",
    "format",
  ]),
  output: anyObject,
  async perform({ journal }, { id: runId, view, format }) {
    const { workflow, run, transitions } = await shownRun(journal, runId);
    const picture = drawRunView(view, format, workflow, pictureOf(workflow, run, transitions));
    return { id: runId, workflow: workflow.name, version: workflow.version, view, format, picture };
  },
};

export interface RecordedEvent {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: SagaEvent;
}

export interface EventsPage {
  readonly events: readonly RecordedEvent[];
  /** The number to go on from; absent on the last page. */
  readonly next?: number;
}

export const runEvents: Operation<
  { readonly id: string; readonly from?: number; readonly limit?: number },
  EventsPage
> = {
  name: "runs.events",
  summary: "Gives a run's recorded events in order, by transitions of at most `limit`.",
  permission: "read",
  changes: "nothing",
  input: object({ id, from: { type: "integer", minimum: 1 }, limit: { type: "integer", minimum: 1, maximum: 1000 } }, [
    "id",
  ]),
  output: object({ events: { type: "array", items: anyObject }, next: { type: "integer" } }, ["events"]),
  async perform({ journal }, { id: runId, from = 1, limit = 200 }) {
    const transitions = await journal.transitions(runId, from, limit);
    if (!transitions) throw unknownRun(runId);
    const events = await redactedEvents(journal, runId, transitions.flatMap(numbered));
    const last = events.at(-1);
    return transitions.length === limit && last ? { events, next: last.number + 1 } : { events };
  },
};

/** Without payloads in it there is nothing to redact, and no more of the run to read. */
async function redactedEvents(
  journal: JournalReader,
  id: string,
  events: readonly RecordedEvent[],
): Promise<readonly RecordedEvent[]> {
  if (!events.some(({ event }) => "input" in event || "output" in event || "undo" in event || "reuse" in event))
    return events;
  const record = await journal.load(id);
  if (!record) throw unknownRun(id);
  const workflow = await workflowOf(journal, record);
  if (!isSensitive(workflow)) return events;
  const shown = redactedRun(workflow, foldRun(workflow, record.transitions));
  return events.map((recorded) => ({ ...recorded, event: redactedEvent(workflow, shown, recorded.event) }));
}

async function workflowOf(journal: JournalReader, { id: runId, definition: hash }: RunRecord): Promise<Workflow> {
  const definition = await journal.definition(hash);
  if (!definition) throw unknownRun(runId);
  return loadDefinition(definition, await journal.contracts());
}

const numbered = ({ number, at, events }: NumberedTransition): readonly RecordedEvent[] =>
  events.map((event, place) => ({ number: number + place, at, event }));

const unknownRun = (runId: string) =>
  new ClewError("run_unknown", `there is no run ${runId}`, { mend: "List the runs with `clew runs ls`." });

/** The operations that read. */
export const runReads: readonly AnyOperation[] = [
  listRuns,
  countRuns,
  showRun,
  drawRun,
  runEvents,
] as readonly AnyOperation[];
