/**
 * One run, given its inputs by hand, for tests of what `saga/` decides. Beside each decision it checks what holds of
 * all of them: `decide` leaves the run alone and agrees with `advance`, no invariant is violated, the run is the fold
 * of what was recorded, and no command is taken back that the run waits for.
 */
import { assert, BrokenAssumption } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Definition, StepDefinition } from "../definition/definition.ts";
import type { Workflow } from "../definition/workflow.ts";
import { type CommandPayload, payloadOf } from "../saga/command.ts";
import { advance, decide, type Decision } from "../saga/decide.ts";
import type { CommandRef, Effect, SagaEvent, Scope, Side, Transition } from "../saga/event.ts";
import { copyRun, emptyRun, foldRun } from "../saga/evolve.ts";
import { stepOf } from "../saga/instances.ts";
import type { CommandClock, Outcome, SagaInput, Verb } from "../saga/input.ts";
import { Audit, inWords, type Violation } from "../saga/invariants.ts";
import { isSame, outgoingOf } from "../saga/outgoing.ts";
import type { CompensationRun, Run, StepRun } from "../saga/run.ts";
import { statusOf } from "../saga/status.ts";
import { attemptDueAt, isLive, nextTimer } from "../saga/timers.ts";

type Step = Partial<StepDefinition> & Pick<StepDefinition, "step">;

/** Steps as the canonical form has them; the worker is by default the step's own name. */
export function workflowOf(steps: readonly Step[], output?: Json, more: Partial<Definition> = {}): Workflow {
  const written = steps.map((step) => ({ worker: step.step, ...step }));
  return loadDefinition({
    workflow: "scripted",
    version: 1,
    steps: written,
    ...(output === undefined ? {} : { output }),
    ...more,
  });
}

/** Steps `a`, `b`, …, each compensated by `undo_a`, …; without jitter, the first backoff a second. */
export function sequenceOf(...names: readonly string[]): Workflow {
  return workflowOf(names.map((name) => compensated(name)));
}

const plainJitter = { jitter: 0 } as const;

export const compensated = (step: string, more: Partial<StepDefinition> = {}): Step => ({
  step,
  retry: plainJitter,
  compensation: { worker: `undo_${step}`, retry: plainJitter },
  ...more,
});

interface FailureScript {
  readonly attempt?: number;
  readonly effect?: Effect;
  readonly retryable?: boolean;
  readonly scope?: Scope;
  readonly code?: string;
}

/** Of a run that is started again from another one, or under a limit. */
type StartScript = Pick<Extract<SagaInput, { type: "start" }>, "rerun" | "limitKey" | "holder">;

export class ScriptedRun {
  readonly workflow: Workflow;
  readonly transitions: Transition[] = [];
  /** All that was asked of the bus, in order. */
  readonly sent: CommandRef[] = [];
  readonly recalled: CommandRef[] = [];
  readonly withdrawn: CommandRef[] = [];
  run: Run;
  now = 1_000_000;
  /** What became of the last input. */
  decision: Decision | undefined;
  private readonly audit: Audit;
  private readonly taken: { readonly ref: CommandRef; at: number; heardAt?: number }[] = [];

  private readonly start: StartScript;

  constructor(workflow: Workflow, input: Json = {}, start: StartScript = {}) {
    this.workflow = workflow;
    this.start = start;
    this.run = emptyRun(workflow);
    this.audit = new Audit(workflow);
    this.give({ type: "start", id: "r", uid: "u", input, ...start });
  }

  /** Decides and folds; gives what was recorded, in brief. */
  give(input: SagaInput): readonly string[] {
    const before = JSON.stringify(this.run);
    const decided = decide(this.workflow, this.run, input, this.now);
    assert(JSON.stringify(this.run) === before, "decide leaves the run as it is");
    const decision = advance(this.workflow, this.run, input, this.now);
    assert(JSON.stringify(decision) === JSON.stringify(decided), "decide and advance decide the same");
    this.decision = decision;
    if (decision.kind !== "events") {
      assert(JSON.stringify(this.run) === before, "what records nothing changes nothing");
      return [];
    }
    const transition = { at: this.now, events: decision.events };
    this.transitions.push(transition);
    const outgoing = outgoingOf(this.workflow, this.run, decision.events);
    const wanted = outgoing.recall.filter((ref) => isLive(this.workflow, this.run, ref));
    const turns = decision.events.some(({ type }) => type === "RunTurned");
    assert(wanted.length === 0 || turns, `nothing is taken back that the run waits for\n${this.history()}`);
    this.sent.push(...outgoing.send);
    this.recalled.push(...outgoing.recall);
    this.withdrawn.push(...outgoing.withdraw);
    this.expectNone([...this.audit.read(transition), ...this.audit.compare(this.run)]);
    return decision.events.map(inBrief);
  }

  /** The process ends and another begins: the run is folded anew, and when commands were taken is forgotten. */
  restart(): void {
    this.run = foldRun(this.workflow, this.transitions);
    for (const one of this.taken) {
      one.at = this.now;
      delete one.heardAt;
    }
    this.expectNone(this.audit.compare(this.run));
  }

  /** Another run at the same point, with a life of its own. */
  fork(): ScriptedRun {
    const other = new ScriptedRun(this.workflow, this.run.input, this.start);
    other.transitions.splice(0, 1);
    for (const transition of this.transitions) {
      other.transitions.push(transition);
      if (transition !== this.transitions[0]) other.audit.read(transition);
    }
    other.sent.splice(0, other.sent.length, ...this.sent);
    other.recalled.push(...this.recalled);
    other.taken.push(...this.taken.map((one) => ({ ...one })));
    other.run = copyRun(this.run);
    other.now = this.now;
    return other;
  }

  answer(step: string, side: Side, attempt: number | undefined, outcome: Outcome): readonly string[] {
    return this.give({ type: "result", step, action: side, attempt: attempt ?? this.lastAttempt(step, side), outcome });
  }

  succeed(step: string, more: { attempt?: number; output?: Json; undo?: Json } = {}): readonly string[] {
    const { attempt, output = `${step} done`, undo } = more;
    const outcome = { outcome: "succeeded", output, ...(undo === undefined ? {} : { undo }) } as const;
    return this.answer(step, "execute", attempt, outcome);
  }

  fail(step: string, script: FailureScript = {}): readonly string[] {
    return this.answer(step, "execute", script.attempt, failure(script));
  }

  undone(step: string, more: { found?: boolean; attempt?: number } = {}): readonly string[] {
    return this.answer(step, "compensate", more.attempt, { outcome: "compensated", found: more.found ?? true });
  }

  failUndo(step: string, script: FailureScript = {}): readonly string[] {
    return this.answer(step, "compensate", script.attempt, failure(script));
  }

  take(step: string, side: Side = "execute", attempt = this.lastAttempt(step, side)): void {
    this.taken.push({ ref: { step, side, attempt }, at: this.now });
  }

  private clockOf(ref: CommandRef): CommandClock {
    const taken = this.taken.find((one) => isSame(one.ref, ref));
    return { takenAt: taken?.at, ...(taken?.heardAt === undefined ? {} : { heardAt: taken.heardAt }) };
  }

  /** The worker of a taken command gives a sign of life. */
  beat(step: string, side: Side = "execute", attempt = this.lastAttempt(step, side)): void {
    const taken = this.taken.find((one) => isSame(one.ref, { step, side, attempt }));
    assert(taken, "a worker has the command");
    taken.heardAt = this.now;
  }

  /** Waits until the attempt's time is over. A command that was not taken is taken now. */
  timeOut(step: string, side: Side = "execute", attempt = this.lastAttempt(step, side)): readonly string[] {
    const ref = { step, side, attempt };
    if (this.clockOf(ref).takenAt === undefined) this.take(step, side, attempt);
    const clock = this.clockOf(ref);
    this.now = Math.max(this.now, attemptDueAt(this.workflow, this.run, ref, clock) ?? this.now);
    return this.give({ type: "timer", timer: { kind: "timeout", ...clock, ...ref } });
  }

  /** Waits for the next timer of the run, whichever it is. */
  waitForTimer(): readonly string[] {
    const next = this.nextTimer();
    assert(next, "the run has a timer");
    this.now = Math.max(this.now, next.dueAt);
    return this.give({ type: "timer", timer: next.timer });
  }

  nextTimer(): ReturnType<typeof nextTimer> {
    return nextTimer(this.workflow, this.run, (ref) => this.clockOf(ref));
  }

  withdraw(step: string, side: Side = "execute", attempt = this.lastAttempt(step, side)): readonly string[] {
    return this.give({ type: "withdrawn", step, side, attempt });
  }

  cancel(expectedVersion?: number): readonly string[] {
    return this.give({ type: "cancel", actor: "ann", ...(expectedVersion === undefined ? {} : { expectedVersion }) });
  }

  abandon(...withdrawn: readonly CommandRef[]): readonly string[] {
    return this.give({ type: "abandon", actor: "ann", withdrawn });
  }

  /** An operator's word; gives what was recorded, or the code of the refusal. */
  verb(verb: Verb, expectedVersion?: number): readonly string[] {
    const expected = expectedVersion === undefined ? {} : { expectedVersion };
    const recorded = this.give({ ...verb, actor: "ann", reason: "because", ...expected });
    return this.decision?.kind === "refused" ? [this.decision.code] : recorded;
  }

  /** The worker's answer to the question whether it was done. */
  inquired(step: string, outcome: Outcome, attempt?: number): readonly string[] {
    return this.answer(step, "inquire", attempt, outcome);
  }

  get incidents(): readonly string[] {
    return this.run.incidents.map(({ kind, step }) => (step === undefined ? kind : `${kind} ${step}`));
  }

  get status(): ReturnType<typeof statusOf> {
    return statusOf(this.run);
  }

  get recorded(): readonly SagaEvent[] {
    return this.transitions.flatMap(({ events }) => events);
  }

  step(name: string): StepRun {
    return stepOf(this.workflow, this.run, name);
  }

  /** What the command for it would carry. */
  payload(name: string, side: Side = "execute"): CommandPayload {
    const made = payloadOf(this.workflow, this.run, name, side);
    assert(made.ok, `the command for ${name} can be made`);
    return made.payload;
  }

  undo(name: string): CompensationRun | undefined {
    return this.step(name).compensation;
  }

  /** One event a line, for the message of a test that fails. */
  history(): string {
    return this.recorded.map((event, place) => `${place + 1}. ${inBrief(event)}`).join("\n");
  }

  private expectNone(violations: readonly Violation[]): void {
    if (violations.length > 0) throw new BrokenAssumption(`${inWords(violations)}\n${this.history()}`);
  }

  private lastAttempt(name: string, side: Side): number {
    const step = this.step(name);
    const of = side === "execute" ? step : side === "inquire" ? step.inquiry : step.compensation;
    return of?.attempts.length ?? 0;
  }
}

export function failure(script: FailureScript = {}): Outcome {
  const { effect = "possible", retryable = true, scope = "attempt", code = "broke" } = script;
  const closes = scope === "key";
  return {
    outcome: "failed",
    error: { code, title: "it broke" },
    retryable: retryable && !closes,
    effect: closes ? "none" : effect,
    scope,
  };
}

/** `StepDispatched a 1`, `RunTurned step_failed`, `StepCompensated a 2 found`, … */
function inBrief(event: SagaEvent): string {
  const words: (string | number)[] = [event.type];
  if (event.type === "RunTurned") return `RunTurned ${event.cause}`;
  if ("step" in event) words.push(event.step ?? "");
  if ("block" in event) words.push(event.block);
  if ("arm" in event) words.push(event.arm);
  if ("iteration" in event) words.push(event.iteration);
  if ("side" in event && event.side === "compensate") words.push("undo");
  if ("side" in event && event.side === "inquire") words.push("inquiry");
  if ("attempt" in event) words.push(event.attempt);
  if ("effect" in event) words.push(event.scope === "key" ? "key" : event.effect);
  if ("reason" in event && event.type === "ResultRejected") words.push(event.reason);
  if ("anomaly" in event) words.push(event.anomaly);
  if ("found" in event) words.push(event.found ? "found" : "not found");
  if ("kind" in event) words.push(event.kind);
  if ("outcome" in event && event.type !== "ResultRejected") words.push(event.outcome);
  if ("refused" in event) words.push(event.refused);
  if ("key" in event) words.push(event.key);
  if ("of" in event) words.push(event.of);
  if ("by" in event && event.by !== undefined) words.push(event.by);
  return words.join(" ");
}
