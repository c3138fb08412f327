/** What happened in the random worlds of `saga/worlds.test.ts`: each path must have been taken in some world. */
import type { IncidentKind, SagaEvent } from "../saga/event.ts";
import type { GhostWorld } from "./ghost-world.ts";
import type { ScriptedRun } from "./scripted-run.ts";

/** Whether a run took the path. */
type Took = (run: ScriptedRun, world: GhostWorld) => boolean;
type Type = SagaEvent["type"];

const has =
  (test: (event: SagaEvent, earlier: readonly SagaEvent[]) => boolean): Took =>
  ({ recorded }) =>
    recorded.some((event, place) => test(event, recorded.slice(0, place)));

const hasType = (type: Type): Took => has((event) => event.type === type);
const isWord =
  (word: string): Took =>
  ({ status }) =>
    status === word;
const rejected = (reason: string): Took => has((event) => event.type === "ResultRejected" && event.reason === reason);
const anomaly = (name: string): Took => has((event) => event.type === "AnomalyRecorded" && event.anomaly === name);
const opened = (kind: IncidentKind): Took => has((event) => event.type === "IncidentOpened" && event.kind === kind);
const both =
  (a: Took, b: Took): Took =>
  (run, world) =>
    a(run, world) && b(run, world);

/** Whether some decision recorded these and, first among them, began with `first`. */
const together =
  (first: Type, ...types: readonly Type[]): Took =>
  ({ transitions }) =>
    transitions.some(
      ({ events }) => events[0]?.type === first && types.every((type) => events.some((event) => event.type === type)),
    );

const lateEffectAfter = (first: "StepCompensated" | "LateSuccessRecorded", ...types: readonly Type[]): Took =>
  together(first, "AnomalyRecorded", "CompensationDispatched", ...types);

const stepIn = (event: SagaEvent): string | undefined => ("step" in event ? event.step : undefined);

const settledBefore = (type: Type, before: Type): Took =>
  has(
    (event, earlier) =>
      event.type === type && earlier.some((one) => one.type === before && stepIn(one) === stepIn(event)),
  );

/** By an attempt that was not the last one sent. */
const byEarlier = (
  type: "StepSucceeded" | "StepCompensated",
  sent: "StepDispatched" | "CompensationDispatched",
): Took =>
  has((event, earlier) => {
    const last = earlier.findLast((one) => one.type === sent && stepIn(one) === stepIn(event));
    return event.type === type && last?.type === sent && last.attempt !== event.attempt;
  });

/** The operator answered an incident of the kind with this. */
const answered = (kind: IncidentKind, verb: Type, outcome?: string): Took =>
  has((event, earlier) => {
    const asked = earlier.some(
      (one) => one.type === "IncidentOpened" && one.kind === kind && one.step === stepIn(event),
    );
    return event.type === verb && asked && (outcome === undefined || ("outcome" in event && event.outcome === outcome));
  });

/** A decision began with this while the run was suspended. */
const whileSuspended = (type: Type): Took =>
  has((event, earlier) => {
    const last = earlier.findLast((one) => one.type === "RunSuspended" || one.type === "RunResumed");
    return event.type === type && last?.type === "RunSuspended";
  });

const settledIn = (event: SagaEvent, run: ScriptedRun) =>
  run.workflow.steps[run.workflow.places.get(stepIn(event) ?? "") ?? -1];

const paths: Readonly<Record<string, Took>> = {
  completed: isWord("completed"),
  compensated: isWord("compensated"),
  failed: isWord("failed"),
  "C1, in doubt": hasType("StepInDoubt"),
  "C1, asked and done": has((event) => event.type === "StepSucceeded" && event.by === "inquiry"),
  "C1, asked and not done": has((event) => event.type === "InquiryAnswered" && event.outcome === "not_done"),
  "C1, asked and unknown": has((event) => event.type === "InquiryAnswered" && event.outcome === "unknown"),
  "C1, asked again": has((event) => event.type === "RetryScheduled" && event.side === "inquire"),
  "doubt ended as none after the step had settled": settledBefore("StepFailed", "StepInDoubt"),
  "C2, failed without effect": hasType("StepFailed"),
  "C3, an earlier attempt succeeded": byEarlier("StepSucceeded", "StepDispatched"),
  "C3, an undo held back by a superseded attempt": ({ transitions }) =>
    transitions.some(
      ({ events: [first, second] }) =>
        (first?.type === "AttemptTimedOut" || first?.type === "AttemptWithdrawn" || first?.type === "ResultRejected") &&
        first.side === "execute" &&
        second?.type === "CompensationDispatched" &&
        second.step === first.step,
    ),
  "C4, late success": hasType("LateSuccessRecorded"),
  "C4, late success after its undo was done": settledBefore("LateSuccessRecorded", "StepCompensated"),
  "C4, what was possible is known to be done": (run) =>
    run.status === "failed" &&
    run.recorded.findLastIndex(({ type }) => type === "LateSuccessRecorded") >
      run.recorded.findLastIndex(({ type }) => type === "RunFailed"),
  "C5, the success first": lateEffectAfter("StepCompensated"),
  "C5, the undo first": lateEffectAfter("LateSuccessRecorded"),
  "C5, of a run that had ended": lateEffectAfter("LateSuccessRecorded", "RunReopened"),
  "C7, an undo tried again": has((event) => event.type === "RetryScheduled" && event.side === "compensate"),
  "C7, an incident answered by a late result": has(
    (event) => event.type === "IncidentClosed" && event.by === "late_result",
  ),
  "C8, taken back": hasType("AttemptWithdrawn"),
  "C8, the grace over": (run, world) =>
    run.run.cancelled && together("AttemptTimedOut", "StepInDoubt", "RollbackBegan")(run, world),
  "C15, a pivot in doubt": opened("pivot"),
  "C15, retried": answered("pivot", "StepRetried"),
  "C15, resolved as done": answered("pivot", "StepResolved", "done"),
  "C15, resolved as not done": answered("pivot", "StepResolved", "not_done"),
  "C15, returned by a late success": together("LateSuccessRecorded", "RunReturned"),
  "a pivot that passed while the run drained": both(hasType("RunReturned"), hasType("CancelRequested")),
  "a pivot that had failed": (run, world) =>
    has((event) => event.type === "StepFailed" && settledIn(event, run)?.kind === "pivot")(run, world),
  "past the pivot, a step asks an operator": both(
    opened("step"),
    ({ workflow, run }) => run.steps[workflow.pivotPlace]?.state === "succeeded",
  ),
  "C16, the deadline turned it": has((event) => event.type === "RunTurned" && event.cause === "deadline"),
  "C16, the deadline told an operator": both(
    opened("overdue"),
    has((event) => event.type === "DeadlinePassed" && event.of === "run"),
  ),
  "C16, going back took too long": has((event) => event.type === "DeadlinePassed" && event.of === "rollback"),
  "C19, nothing found": has((event) => event.type === "StepCompensated" && !event.found),
  "C24, at_most_once in doubt": (run, world) =>
    has((event) => event.type === "StepInDoubt" && settledIn(event, run)?.execution === "at_most_once")(run, world),
  "C25, held and admitted": both(hasType("RunAdmitted"), hasType("StepDispatched")),
  "C26, a success against his word": anomaly("word_contradicted"),
  "C26, a success under a key that was replaced": anomaly("stray_effect"),
  "a step retried": answered("step", "StepRetried"),
  "a step retried with another key": has((event) => event.type === "StepRetried" && event.key > 1),
  "a step resolved as done": answered("step", "StepResolved", "done"),
  "a step resolved as not done": answered("step", "StepResolved", "not_done"),
  "a step skipped": hasType("StepSkipped"),
  "a run cancelled where it stood still": together("CancelRequested", "RunTurned", "IncidentClosed"),
  "an undo retried": answered("compensation", "CompensationRetried"),
  "an undo resolved": answered("compensation", "CompensationResolved"),
  "an undo skipped": answered("compensation", "CompensationSkipped"),
  "a doubtful effect undone when asked": answered("in_doubt", "CompensationRetried"),
  "a doubtful effect resolved": answered("in_doubt", "CompensationResolved"),
  "a doubtful effect skipped": answered("in_doubt", "CompensationSkipped"),
  "a late effect that an operator was asked about": opened("late_effect"),
  "suspended, and a step succeeded": whileSuspended("StepSucceeded"),
  "suspended, and it turned": whileSuspended("RunTurned"),
  "suspended, and an undo was done": whileSuspended("StepCompensated"),
  "an undo settled by an earlier attempt": byEarlier("StepCompensated", "CompensationDispatched"),
  "an undo that was unneeded": hasType("CompensationUnneeded"),
  "an answer of an attempt that was superseded": rejected("superseded"),
  "an answer to an undo that knew nothing of the success": rejected("uninformed"),
  "a key that was closed": has((event) => event.type === "AttemptFailed" && event.scope === "key"),
  "abandoned with residue": ({ run, status }) => run.abandoned && status === "failed",
  "residue that is only possible": ({ run }) => run.residue.some(({ certainty }) => certainty === "possible"),
  "residue that is done, of what cannot be undone": ({ run, workflow }) =>
    !run.abandoned &&
    run.residue.some(
      ({ step, certainty }) =>
        certainty === "done" && workflow.steps[workflow.places.get(step) ?? -1]?.kind === "irreversible",
    ),
  "a plain step that ran in a run that went back": ({ run }) => run.undeclared.length > 0,
  "an answer after the run was abandoned": rejected("abandoned"),
  "a command delivered twice": (_, world) => world.deliveredTwice,
  "a restart while a command was out": (_, world) => world.restartedWhileOut,
};

export class PathTally {
  private readonly times = new Map(Object.keys(paths).map((path) => [path, 0]));

  count(world: GhostWorld): void {
    for (const [path, took] of Object.entries(paths)) {
      if (took(world.run, world)) this.times.set(path, (this.times.get(path) ?? 0) + 1);
    }
  }

  /** Paths that no world took: they are too tame to prove anything of them. */
  get never(): readonly string[] {
    return [...this.times].flatMap(([path, times]) => (times === 0 ? [path] : []));
  }
}
