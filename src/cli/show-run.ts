/** A run as text: how it stands, step by step, and what was recorded of it. */
import { forPeople } from "../base/duration.ts";
import type { Problem } from "../base/problem.ts";
import type { RunView, StepView } from "../operations/run-view.ts";
import { nameIn } from "../saga/step-key.ts";
import type { RecordedEvent } from "../operations/runs.ts";
import { localTime } from "./local-time.ts";
import { type Look, paint, worded } from "./look.ts";
import { counted } from "./print-error.ts";
import { renderColumns } from "./table.ts";
import { terminalJson, terminalText } from "./terminal-text.ts";

/** Input and output are cut here; `--json` gives them whole. */
const longestPayload = 160;

export function renderRun(view: RunView, look: Look): string {
  const why = view.cause === undefined ? "" : ` (${view.cause})`;
  const title = [
    paint(look, "bold", terminalText(view.id)),
    `${terminalText(view.workflow)}@${view.workflowVersion}`,
    `${worded(look, view.status)}${why}`,
  ].join("  ");
  return [
    title,
    times(view),
    ...(view.waitsFor ? [`waits   ${waitingText(view.waitsFor)}`] : []),
    `input   ${payload(view.input)}`,
    ...(view.output === undefined ? [] : [`output  ${payload(view.output)}`]),
    "",
    renderColumns(stepRows(view.steps, look)),
    ...ifItFailed(view),
    ...openMatters(view, look),
  ].join("\n");
}

function times({ startedAt, endedAt, changedAt, version }: RunView): string {
  const until =
    endedAt === undefined ? `last changed ${localTime(changedAt)}` : `ended after ${forPeople(endedAt - startedAt)}`;
  return `started ${localTime(startedAt)}, ${until}, version ${version}`;
}

/** `for an operator: … since …; retry, resolve, skip or abandon`. */
export function waitingText({ what, since, until, who, verbs }: NonNullable<RunView["waitsFor"]>): string {
  const over = until === undefined ? "" : `, until ${localTime(until)} at the latest`;
  const how = who === "operator" && verbs.length > 0 ? `; mend it by ${verbs.join(", ")}` : "";
  return `${terminalText(what, 300)}, since ${localTime(since)}${over}${how}`;
}

/** Of a run that has not ended. */
function ifItFailed({ phase, wouldUndo, wouldLeave }: RunView): readonly string[] {
  const named = (all: readonly { readonly step: string; readonly certainty: string }[]) => {
    const some = all.slice(0, mostNamed);
    const names = some.map(
      ({ step, certainty }) => `${terminalText(step)}${certainty === "possible" ? " (perhaps)" : ""}`,
    );
    return all.length > some.length ? `${names.join(", ")} and ${all.length - some.length} more` : names.join(", ");
  };
  const undo = phase === "forward" ? "If it failed now, undone would be, in this order: " : "Still to be undone: ";
  return [
    ...(wouldUndo.length > 0 ? ["", `${undo}${named(wouldUndo)}`] : []),
    ...(wouldLeave.length > 0 ? [`${wouldUndo.length > 0 ? "" : "\n"}Nothing would undo: ${named(wouldLeave)}`] : []),
  ];
}

const payload = (value: unknown): string => terminalText(terminalJson(value), longestPayload);

/** Of a step that repeats the first and the last; a program is given all of them. */
function stepRows(steps: readonly StepView[], look: Look): readonly (readonly string[])[] {
  const byName = Map.groupBy(steps, ({ step }) => nameIn(step));
  return [...byName.values()].flatMap((instances) => {
    if (instances.length <= 2 * mostShown) return instances.map((step) => stepRow(step, look));
    const between = instances.slice(mostShown, -mostShown);
    const states = [...Map.groupBy(between, ({ state }) => state)].map(([state, some]) => `${some.length} ${state}`);
    return [
      ...instances.slice(0, mostShown).map((step) => stepRow(step, look)),
      [`  … ${states.join(", ")}`, "", "", "", ""],
      ...instances.slice(-mostShown).map((step) => stepRow(step, look)),
    ];
  });
}

/** Instances of one step, from its first and from its last. */
const mostShown = 5;
/** Names in one line. */
const mostNamed = 20;

function stepRow({ step, state, attempts, error, dueAt, compensation }: StepView, look: Look): readonly string[] {
  // The last failure of a step that succeeded after all is history; the events tell it.
  const trouble = state === "succeeded" || !error ? [] : [problemText(error)];
  const due = state === "waiting" ? "until" : "next attempt";
  const next = dueAt === undefined ? [] : [`${due} ${localTime(dueAt)}`];
  return [
    `  ${worded(look, state)}`,
    terminalText(step),
    attempts === 0 ? "" : counted(attempts, "attempt"),
    compensation ? undoText(compensation, look) : "",
    [...trouble, ...next].join("; "),
  ];
}

function undoText(undo: NonNullable<StepView["compensation"]>, look: Look): string {
  const { worker, state, attempts, found, error, dueAt } = undo;
  const facts = [
    ...(attempts > 0 ? [counted(attempts, "attempt")] : []),
    ...(found === false ? ["found nothing to undo"] : []),
    ...(error && state !== "compensated" ? [problemText(error)] : []),
    ...(dueAt === undefined ? [] : [`next attempt ${localTime(dueAt)}`]),
  ];
  const who = worker === "" ? "the child itself" : terminalText(worker);
  const by = state === "compensated" ? ` by ${who}` : `: ${who}`;
  return `${worded(look, state)}${by}${facts.length > 0 ? ` (${facts.join("; ")})` : ""}`;
}

/** The detail is what one can mend by: which reference, which field. */
function problemText({ code, title, detail }: Problem): string {
  const more = detail === undefined ? "" : ` (${terminalText(detail, 200)})`;
  return `${terminalText(code)}: ${terminalText(title, 200)}${more}`;
}

/** What is left in the world, and what waits for a person. */
function openMatters({ residue, undeclared, incidents, status }: RunView, look: Look): readonly string[] {
  const left = residue.map(({ step, certainty }) => `  ${paint(look, "red", certainty)} ${terminalText(step)}`);
  const open = incidents.map(({ number, kind, step, openedAt, error }) => {
    const why = error ? `: ${problemText(error)}` : "";
    const of = step === undefined ? "" : ` of ${terminalText(step)}`;
    return `  ${number}. ${kind}${of} since ${localTime(openedAt)}${why}`;
  });
  return [
    ...(left.length > 0 ? ["", "Left in the world:", ...left] : []),
    ...(undeclared.length > 0
      ? ["", `Ran without a declared undo: ${undeclared.map((step) => terminalText(step)).join(", ")}`]
      : []),
    ...(open.length > 0 ? ["", status === "blocked" ? "Waits for an operator:" : "Open incidents:", ...open] : []),
  ];
}

/** A line for each event: number, time, what. Payloads are left out; `--json` gives them whole. */
export function renderEvents(events: readonly RecordedEvent[], look: Look): string {
  const rows = events.map(({ number, at, event }) => [
    String(number),
    paint(look, "dim", localTime(at, true)),
    event.type,
    renderFacts(event),
  ]);
  return renderColumns(rows, ["right"]);
}

/** Payloads, and what is the same for all events of the run. */
const untold: ReadonlySet<string> = new Set([
  "type",
  "input",
  "output",
  "undo",
  "definition",
  "id",
  "uid",
  "items",
  "payload",
]);

/** What an event says: `step=charge attempt=2 error=card_declined (…)`. */
export function renderFacts(facts: object): string {
  return Object.entries(facts)
    .filter(([key]) => !untold.has(key))
    .map(([key, value]) => `${terminalText(key)}=${factText(key, value)}`)
    .join(" ");
}

function factText(key: string, value: unknown): string {
  if (key === "dueAt" && typeof value === "number") return localTime(value, true);
  if (key === "error" && isProblem(value)) return `${terminalText(value.code)} (${terminalText(value.title, 200)})`;
  const text = typeof value === "string" ? value : terminalJson(value);
  return /^[\w.:@/-]+$/.test(text) ? text : terminalText(typeof value === "string" ? JSON.stringify(text) : text, 200);
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "title" in value;
