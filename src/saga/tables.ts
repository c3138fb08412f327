/**
 * The tables of semantics.md, 4 and 5, as data. `evolve` moves states only along them, `statusOf` is tested against
 * the order of `statusTable`, and a test draws all of them and compares the drawing with the document. Rows that no
 * definition can reach yet are here too: the tables are the whole design.
 *
 * What a state leaves to is written once, as the document's words; the states in back quotes are read out of them.
 */

export const phases = ["forward", "draining", "backward", "ended"] as const;
export type Phase = (typeof phases)[number];

export const stepStateNames = [
  "pending",
  "ready",
  "waiting",
  "dispatched",
  "retry_wait",
  "inquiring",
  "failed",
  "in_doubt",
  "succeeded",
  "skipped",
  "not_run",
] as const;
export type StepStateName = (typeof stepStateNames)[number];

export const compensationStateNames = [
  "armed",
  "queued",
  "dispatched",
  "retry_wait",
  "blocked",
  "compensated",
  "unneeded",
  "discarded",
  "resolved",
  "skipped",
] as const;
export type CompensationStateName = (typeof compensationStateNames)[number];

export interface StateRow<State extends string> {
  /** The states that the row is about, each with what stands in brackets behind it. */
  readonly states: readonly (readonly [state: State, note?: string])[];
  readonly settled: boolean;
  /** Of the compensation's table. */
  readonly entersWhen?: string;
  readonly leavesTo: string;
  /** Only where the words do not give each state of the row the same exits. */
  readonly exits?: readonly (readonly [from: State, to: State])[];
}

export const stepTable: readonly StateRow<StepStateName>[] = [
  {
    states: [["pending"]],
    settled: false,
    leavesTo:
      "`ready`; `waiting` (a wait); `succeeded` (taken over by `rerun`); `skipped` (branch not taken); `not_run` (the run turned first)",
  },
  {
    states: [["waiting"]],
    settled: false,
    leavesTo: "`succeeded` (its time, or its signal); `failed` (`onTimeout: fail`); `not_run` (the run turned first)",
  },
  { states: [["ready"]], settled: false, leavesTo: "`dispatched`; `failed` (C20); `not_run`" },
  {
    states: [["dispatched"]],
    settled: false,
    leavesTo: "`succeeded`, `failed`, `in_doubt`, `retry_wait`, `inquiring`",
  },
  {
    states: [["retry_wait"]],
    settled: false,
    leavesTo:
      "`dispatched`; `succeeded` (C3); in draining, when a late answer closes the key or is not retryable, or when `stepDeadline` ends, `failed`, `in_doubt` or `inquiring`",
  },
  { states: [["inquiring"]], settled: false, leavesTo: "`succeeded`, `failed`, `in_doubt`" },
  {
    states: [["failed"]],
    settled: true,
    leavesTo: "`succeeded` (C4, resolve); `dispatched` (retry); `skipped` (operator)",
  },
  {
    states: [["in_doubt"]],
    settled: true,
    leavesTo:
      "`succeeded` (C3, C4, resolve); `failed` (the doubt ended as none, resolve); `dispatched` (retry); `skipped` (operator)",
  },
  {
    states: [["succeeded"], ["skipped"], ["not_run"]],
    settled: true,
    leavesTo:
      "only `not_run` to `pending`, when a draining pivot succeeds; and `skipped` to `succeeded` (C4), of one that an operator skipped",
    exits: [
      ["not_run", "pending"],
      ["skipped", "succeeded"],
    ],
  },
];

export const compensationTable: readonly StateRow<CompensationStateName>[] = [
  {
    states: [["armed"]],
    settled: false,
    entersWhen: "the step settled `succeeded` or `in_doubt`, or C4",
    leavesTo: "`queued`; `discarded` when a pivot passes or the root run completes",
  },
  {
    states: [["queued"]],
    settled: false,
    entersWhen:
      "backward, the compensations of all that depended on the step are settled, and no superseded attempt of it is live",
    leavesTo:
      "`dispatched`; `blocked` (`compensateInDoubt: false`, or its mapping fails); `unneeded` (the doubt ended as none, or an operator states that it is undone)",
  },
  {
    states: [["dispatched"]],
    settled: false,
    entersWhen: "command recorded",
    leavesTo:
      "`compensated`, `retry_wait`, `blocked`; `unneeded` (it failed, and the step's doubt has meanwhile ended as none)",
  },
  {
    states: [["retry_wait"]],
    settled: false,
    entersWhen: "failed or timed out, budget left",
    leavesTo: "`dispatched`; `unneeded`; a late `compensated` of an earlier attempt settles it",
  },
  {
    states: [["blocked"]],
    settled: false,
    entersWhen: "incident: budget spent, not retryable, mapping fails, or in doubt with `compensateInDoubt: false`",
    leavesTo: "`dispatched` (retry), `resolved`, `skipped`; `unneeded`; a late `compensated` settles it",
  },
  {
    states: [["compensated"]],
    settled: true,
    entersWhen: "done; `found: true or false` is kept",
    leavesTo: "once more to `dispatched` by `late_effect`",
  },
  {
    states: [
      ["unneeded"],
      ["discarded"],
      ["resolved", "an operator states that it is done, with a note"],
      ["skipped", "by an operator, or by abandon from any unsettled state: residue"],
    ],
    settled: true,
    entersWhen: "by the rows above",
    leavesTo: "settled; `armed` once more by C4",
  },
];

function settledOf<State extends string>(table: readonly StateRow<State>[]): ReadonlySet<State> {
  return new Set(table.filter((row) => row.settled).flatMap((row) => row.states.map(([state]) => state)));
}

/** semantics.md, 1: settled. */
export const settledStepStates = settledOf(stepTable);
export const settledCompensationStates = settledOf(compensationTable);

/** Which state may follow which, read out of a table's words. */
function exitsOf<State extends string>(
  table: readonly StateRow<State>[],
  names: readonly State[],
): ReadonlyMap<State, ReadonlySet<State>> {
  const exits = new Map<State, Set<State>>(names.map((name) => [name, new Set()]));
  for (const row of table) {
    const words = Array.from(row.leavesTo.matchAll(/`([a-z_]+)`/g), (match) => match[1]);
    const named = names.filter((name) => words.includes(name));
    const pairs = row.exits ?? row.states.flatMap(([from]) => named.map((to) => [from, to] as const));
    for (const [from, to] of pairs) exits.get(from)?.add(to);
  }
  return exits;
}

export const stepExits = exitsOf(stepTable, stepStateNames);
export const compensationExits = withAbandon(exitsOf(compensationTable, compensationStateNames));

/** `skipped`: "by abandon from any unsettled state". */
function withAbandon(
  exits: ReadonlyMap<CompensationStateName, ReadonlySet<CompensationStateName>>,
): ReadonlyMap<CompensationStateName, ReadonlySet<CompensationStateName>> {
  return new Map(
    Array.from(exits, ([from, to]) => [from, settledCompensationStates.has(from) ? to : new Set([...to, "skipped"])]),
  );
}

export const statuses = [
  "completed",
  "compensated",
  "failed",
  "suspended",
  "blocked",
  "cancelling",
  "compensating",
  "pending",
  "waiting",
  "running",
] as const;
export type Status = (typeof statuses)[number];

export interface StatusRow {
  readonly status: Status;
  readonly final: boolean;
  readonly when: string;
}

/** The status is the first row that is true. */
export const statusTable: readonly StatusRow[] = [
  { status: "completed", final: true, when: "ended from forward; skipped steps count as done" },
  {
    status: "compensated",
    final: true,
    when: "ended, did not complete, **nothing is left in the world** (a list `undeclared` may name plain steps that ran). `cause` (also of `failed`), the first of: `step_failed`, `deadline`, `cancelled`, `refused`, `abandoned`, `recalled`",
  },
  { status: "failed", final: true, when: "ended with **residue**, listed" },
  {
    status: "suspended",
    final: false,
    when: "the operator's flag: no command is sent, all else is recorded, timers run; works in every phase but ended, and is still up when a run reopens",
  },
  {
    status: "blocked",
    final: false,
    when: "an incident other than `overdue` is open; it holds back only what depends on it",
  },
  { status: "cancelling", final: false, when: "draining" },
  { status: "compensating", final: false, when: "backward" },
  { status: "pending", final: false, when: "nothing begun" },
  { status: "waiting", final: false, when: "no step is open: only timers, signals, children" },
  { status: "running", final: false, when: "otherwise" },
];

export const finalStatuses: ReadonlySet<Status> = new Set(
  statusTable.filter((row) => row.final).map((row) => row.status),
);

export interface PhaseRow {
  readonly phase: string;
  readonly what: string;
  readonly next: string;
}

export const phaseTable: readonly PhaseRow[] = [
  {
    phase: "forward",
    what: "a step settled failed or in doubt, a `fail` node, a wait's `onTimeout: fail`, the deadline, a cancel; and no pivot is passed",
    next: "draining; but with `onFailure: incident` a step first opens `step`, with `onDeadline: incident` the deadline only opens `overdue`",
  },
  {
    phase: "forward",
    what: "the same, a pivot passed",
    next: "step: incident. Deadline: incident `overdue`. Cancel: refused with `pivot_passed`",
  },
  { phase: "forward", what: "the last node is done", next: "ended: `completed`" },
  {
    phase: "draining",
    what: "steps not begun become `not_run`; those between attempts settle; live commands are waited for (C8, C10), children too",
    next: "",
  },
  {
    phase: "draining",
    what: "the pivot succeeds",
    next: "forward; `not_run` becomes pending again; the cancel or deadline is answered `pivot_passed`",
  },
  { phase: "draining", what: "the pivot is in doubt", next: "incident `pivot`; stays draining until it is answered" },
  { phase: "draining", what: "nothing is live, no pivot in doubt", next: "backward" },
  {
    phase: "backward",
    what: "every compensation is settled",
    next: "ended: `compensated` without residue, `failed` with",
  },
  {
    phase: "any but ended",
    what: "abandon: commands that nobody took are withdrawn, live and doubtful ones are residue `possible` (a `plain` step's: `undeclared`; `readonly`: nothing), unsettled compensations become `skipped`, incidents close; no command is ever sent again",
    next: "ended: `failed`, or `compensated` when the residue is empty",
  },
  {
    phase: "ended as compensated or failed, not abandoned",
    what: "`late_effect` (C4, C5), or C4 arms an undo",
    next: "backward",
  },
  { phase: "ended as completed, a child", what: "its parent compensates it", next: "backward" },
];

/** Which phase may follow which; a run that ended as completed never leaves `ended` (children come later). */
export const phaseExits: ReadonlyMap<Phase, ReadonlySet<Phase>> = new Map([
  ["forward", new Set<Phase>(["draining", "ended"])],
  ["draining", new Set<Phase>(["forward", "backward", "ended"])],
  ["backward", new Set<Phase>(["ended"])],
  ["ended", new Set<Phase>(["backward"])],
]);

export interface IncidentRow {
  readonly incident: string;
  readonly opens: string;
  readonly verbs: string;
}

export const incidentTable: readonly IncidentRow[] = [
  {
    incident: "step",
    opens: "after a pivot, or by `onFailure: incident`: a step failed or in doubt",
    verbs: "retry, resolve, skip; before a pivot also cancel",
  },
  {
    incident: "pivot",
    opens: "a pivot in doubt",
    verbs: "retry (same key, same input), resolve done, resolve not_done",
  },
  {
    incident: "compensation",
    opens: "its budget is spent, it is not retryable, or its mapping fails",
    verbs: "retry, resolve, skip",
  },
  {
    incident: "in_doubt",
    opens: "in doubt with `compensateInDoubt: false`, when its turn comes",
    verbs: "retry (sends the undo), resolve, skip",
  },
  { incident: "late_effect", opens: "C5 a second time; C4 where nothing can undo; C26", verbs: "resolve, skip" },
  {
    incident: "overdue",
    opens: "deadline after a pivot or with `onDeadline: incident`, `compensationDeadline`",
    verbs: "before a pivot cancel; stops nothing; closes at the end",
  },
];
