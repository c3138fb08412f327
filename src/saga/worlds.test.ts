/**
 * The worry: each corner is right, and together they leave an effect behind that nobody knows of.
 *
 * Random workflows run in random worlds: workers that keep every duty of events.md, 5 over a ghost ledger, but crash
 * after the effect, refuse, are slow, silent or asked twice; answers that are late or lost; operators who cancel and
 * abandon; engines that restart. What the run says in the end is held against the ledger, which nobody told it.
 */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Workflow } from "../definition/workflow.ts";
import { failure, ScriptedRun, workflowOf } from "../testing/scripted-run.ts";
import { type CommandPayload, payloadOf } from "./command.ts";
import type { CommandRef, SagaEvent } from "./event.ts";
import type { Outcome } from "./input.ts";
import { isSame } from "./outgoing.ts";

/** What is tallied must have happened in some world, or the worlds are too tame to prove anything. */
const paths = {
  completed: 0,
  compensated: 0,
  failed: 0,
  blocked: 0,
  "C1, in doubt": 0,
  "doubt ended as none after the step had settled": 0,
  "C2, failed without effect": 0,
  "C3, an earlier attempt succeeded": 0,
  "C3, an undo held back by a superseded attempt": 0,
  "C4, late success": 0,
  "C4, late success after its undo was done": 0,
  "C5, the success first": 0,
  "C5, the undo first": 0,
  "C5, of a run that had ended": 0,
  "C7, an undo tried again": 0,
  "C7, an incident answered by a late result": 0,
  "C8, taken back": 0,
  "C8, the grace over": 0,
  "C19, nothing found": 0,
  "an undo settled by an earlier attempt": 0,
  "an undo that was unneeded": 0,
  "an answer of an attempt that was superseded": 0,
  "an answer to an undo that knew nothing of the success": 0,
  "a key that was closed": 0,
  "abandoned with residue": 0,
  "residue that is only possible": 0,
  "a plain step that ran in a run that went back": 0,
  "an answer after the run was abandoned": 0,
  "a command delivered twice": 0,
  "a restart while a command was out": 0,
};

function tally(happened: Partial<Record<keyof typeof paths, boolean>>): void {
  for (const path in happened) if (happened[path as keyof typeof paths]) paths[path as keyof typeof paths]++;
}

/** One key in the store that a step's worker shares with its compensation's. */
interface Entry {
  state: "unknown" | "done" | "undone" | "tombstone";
  done: number;
  undone: number;
  /** Attempts that were promised to have no effect, and what was answered. */
  readonly refused: Map<string, Outcome>;
}

interface Sent {
  readonly ref: CommandRef;
  payload: CommandPayload | undefined;
  withdrawn: boolean;
  /** The worker was advised to stop. */
  advised: boolean;
}

interface Happening {
  readonly at: number;
  readonly act: () => void;
}

interface Climate {
  readonly seed: number;
  /** How likely a worker is to fail, of 100. */
  readonly unlucky: number;
  /** How likely an answer is to be lost, and work or a message to take long, of 100. */
  readonly foul: number;
  /**
   * The undo looks into a copy that is behind: without the step's output it may find nothing and leave no tombstone.
   * Such a worker breaks its duty, and only C5 can mend it; so its successes are never lost.
   */
  readonly sloppy: boolean;
  readonly cancelAt: number | undefined;
  readonly abandonAt: number | undefined;
  readonly restartsAt: readonly number[];
}

/** Mulberry32: the same seed, the same world. */
function diceOf(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

class World {
  readonly run: ScriptedRun;
  readonly ledger = new Map<string, Entry>();
  private readonly climate: Climate;
  private readonly dice: (sides: number) => number;
  private readonly commands: Sent[] = [];
  private happenings: Happening[] = [];
  private heardSent = 0;
  private heardRecalled = 0;

  constructor(run: ScriptedRun, climate: Climate) {
    this.run = run;
    this.climate = climate;
    this.dice = diceOf(climate.seed);
    const { cancelAt, abandonAt, restartsAt } = climate;
    if (cancelAt !== undefined) this.in(cancelAt, () => this.run.cancel());
    if (abandonAt !== undefined) this.in(abandonAt, () => this.abandon());
    for (const restartAt of restartsAt) this.in(restartAt, () => this.restart());
    this.hear();
  }

  /** Until nothing is under way and no timer is set. Results come before timers that are due at the same moment. */
  live(): void {
    for (let acts = 0; ; acts++) {
      expect(acts).toBeLessThan(1000);
      const timer = this.run.nextTimer();
      const next = this.happenings.reduce<Happening | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
      if (next && (!timer || next.at <= timer.dueAt)) {
        this.happenings = this.happenings.filter((one) => one !== next);
        this.run.now = Math.max(this.run.now, next.at);
        next.act();
      } else if (timer) {
        expect(this.run.waitForTimer()).not.toEqual([]);
      } else return;
      this.hear();
    }
  }

  /** The bus gives back what nobody took before the operator's word is decided. */
  abandon(): void {
    const back = this.commands.filter(
      ({ ref, payload }) => !payload && this.run.run.out.some((out) => isSame(out, ref)),
    );
    for (const command of back) command.withdrawn = true;
    this.run.abandon(...back.map(({ ref }) => ref));
  }

  private restart(): void {
    tally({ "a restart while a command was out": this.run.run.out.length > 0 });
    this.run.restart();
  }

  private in(delayMs: number, act: () => void): void {
    this.happenings.push({ at: this.run.now + delayMs, act });
  }

  private chance(of100: number): boolean {
    return this.dice(100) < of100;
  }

  /** Mostly short; in foul weather sometimes longer than any timeout. */
  private delay(): number {
    return this.chance(this.climate.foul) ? 1 + this.dice(60_000) : 1 + this.dice(50);
  }

  private hear(): void {
    for (; this.heardSent < this.run.sent.length; this.heardSent++) {
      const ref = this.run.sent[this.heardSent];
      if (!ref) continue;
      const command: Sent = { ref, payload: undefined, withdrawn: false, advised: false };
      this.commands.push(command);
      this.in(this.delay(), () => this.deliver(command));
      if (this.chance(this.climate.foul)) this.in(1000 + this.dice(120_000), () => this.deliver(command));
    }
    for (; this.heardRecalled < this.run.recalled.length; this.heardRecalled++) {
      const ref = this.run.recalled[this.heardRecalled];
      const command = this.commands.find((one) => ref && isSame(one.ref, ref));
      if (!command) continue;
      command.advised = true;
      if (command.payload) continue;
      command.withdrawn = true;
      this.in(1, () => this.run.withdraw(command.ref.step, command.ref.side, command.ref.attempt));
    }
  }

  private deliver(command: Sent): void {
    if (command.withdrawn) return;
    const { step, side, attempt } = command.ref;
    if (!command.payload) {
      const made = payloadOf(this.run.workflow, this.run.run, step, side);
      if (!made.ok) throw new Error("a command that was sent has a payload");
      command.payload = made.payload;
      this.run.take(step, side, attempt);
    } else tally({ "a command delivered twice": true });
    const { payload } = command;
    this.in(this.delay(), () => {
      const outcome = side === "execute" ? this.execute(payload, attempt, command) : this.compensate(payload, attempt);
      const lost = this.chance(this.climate.foul) && !(this.climate.sloppy && side === "execute");
      if (outcome && !lost) this.in(this.delay(), () => this.run.answer(step, side, attempt, outcome));
    });
  }

  private entry(key: string): Entry {
    let entry = this.ledger.get(key);
    if (!entry) this.ledger.set(key, (entry = { state: "unknown", done: 0, undone: 0, refused: new Map() }));
    return entry;
  }

  private refuse(entry: Entry, attempt: string, retryable: boolean, code = "refused"): Outcome {
    const outcome = failure({ effect: "none", retryable, code });
    entry.refused.set(attempt, outcome);
    return outcome;
  }

  /** The look-up and the effect are one transaction. `undefined` is silence. */
  private execute(payload: CommandPayload, attempt: number, { advised }: Sent): Outcome | undefined {
    const entry = this.entry(payload.key);
    const stored: Outcome = { outcome: "succeeded", output: payload.key, undo: { of: payload.key } };
    if (entry.state === "done") return stored;
    if (entry.state !== "unknown") return failure({ scope: "key" });
    const refused = entry.refused.get(`execute ${attempt}`);
    if (refused) return refused;
    if (advised) return this.refuse(entry, `execute ${attempt}`, true, "cancelled");
    const failing = this.chance(this.climate.unlucky) ? 1 + this.dice(6) : 0;
    if (failing === 1) return this.refuse(entry, `execute ${attempt}`, true);
    if (failing === 2) return this.refuse(entry, `execute ${attempt}`, false);
    if (failing === 3) return failure({ retryable: this.chance(70) });
    if (failing === 4) return undefined;
    if (failing === 5) {
      entry.state = "tombstone";
      return failure({ scope: "key" });
    }
    entry.state = "done";
    entry.done++;
    const crashed = failing === 6 && !this.climate.sloppy;
    return crashed ? failure() : stored;
  }

  private compensate(payload: CommandPayload, attempt: number): Outcome | undefined {
    if (payload.undoes === undefined) throw new Error("a compensation says what it undoes");
    const entry = this.entry(payload.undoes);
    const refused = entry.refused.get(`compensate ${attempt}`);
    if (refused) return refused;
    const failing = this.chance(this.climate.unlucky) ? 1 + this.dice(4) : 0;
    if (failing === 1) return failure({ retryable: false });
    if (failing === 2) return failure();
    if (entry.state === "undone") return { outcome: "compensated", found: true };
    // Who answers without a row may not refuse: another delivery of the attempt may have answered already.
    if (failing === 3) return this.climate.sloppy ? failure() : this.refuse(entry, `compensate ${attempt}`, true);
    const informed = payload.forward?.outcome === "succeeded";
    if (this.climate.sloppy && !informed && this.chance(60)) return { outcome: "compensated", found: false };
    const found = entry.state === "done";
    if (found) entry.undone++;
    entry.state = found ? "undone" : "tombstone";
    return failing === 4 ? failure() : { outcome: "compensated", found };
  }
}

/** I5, I6 and I7 against the ledger, when nothing is under way any more. */
function judge({ run, ledger }: World): void {
  const { residue, undeclared } = run.run;
  for (const { name } of run.workflow.steps) {
    const { done = 0, undone = 0 } = ledger.get(`u/${name}`) ?? {};
    const left = done - undone;
    const listed = residue.find(({ step }) => step === name)?.certainty;
    const said = run.status === "completed" ? "done" : undeclared.includes(name) ? "possible" : (listed ?? "nothing");
    const agrees = said === "possible" || left === (said === "done" ? 1 : 0);
    // What happened stands in the message, which fast-check prints of the smallest world that it finds.
    const message = `${name} was done ${done} times and undone ${undone} times, the run says ${said}\n${run.history()}`;
    expect(done <= 1 && agrees, message).toBe(true);
  }
}

/** Only C5's own anomaly, and only of a worker that breaks its duty; or somebody who after an answer knows nothing. */
function expectNoFalseAlarm(run: ScriptedRun, sloppy: boolean): void {
  const alarms = run.recorded.flatMap((event) => (event.type === "AnomalyRecorded" ? [event.anomaly] : []));
  const fitting = sloppy ? ["late_effect", "contradiction"] : ["contradiction"];
  expect(
    alarms.filter((alarm) => !fitting.includes(alarm)),
    run.history(),
  ).toEqual([]);
}

function tallyRun({ run }: World, blocked: boolean): void {
  const all = run.recorded;
  const has = (test: (event: SagaEvent, earlier: readonly SagaEvent[]) => boolean) =>
    all.some((event, place) => test(event, all.slice(0, place)));
  const hasType = (type: SagaEvent["type"]) => has((event) => event.type === type);
  const rejected = (reason: string) => has((event) => event.type === "ResultRejected" && event.reason === reason);
  /** Whether some decision recorded these and, first among them, began with `first`. */
  const together = (first: SagaEvent["type"], ...types: readonly SagaEvent["type"][]) =>
    run.transitions.some(
      ({ events }) => events[0]?.type === first && types.every((type) => events.some((event) => event.type === type)),
    );
  const lateEffectAfter = (first: "StepCompensated" | "LateSuccessRecorded", ...types: readonly SagaEvent["type"][]) =>
    together(first, "AnomalyRecorded", "CompensationDispatched", ...types);
  const settledBefore = (type: SagaEvent["type"], before: SagaEvent["type"]) =>
    has(
      (event, earlier) =>
        event.type === type && earlier.some((one) => one.type === before && stepIn(one) === stepIn(event)),
    );
  /** By an attempt that was not the last one sent. */
  const byEarlier = (type: "StepSucceeded" | "StepCompensated", sent: "StepDispatched" | "CompensationDispatched") =>
    has((event, earlier) => {
      const last = earlier.findLast((one) => one.type === sent && stepIn(one) === stepIn(event));
      return event.type === type && last?.type === sent && last.attempt !== event.attempt;
    });
  tally({
    [run.status]: true,
    blocked,
    "C1, in doubt": hasType("StepInDoubt"),
    "doubt ended as none after the step had settled": settledBefore("StepFailed", "StepInDoubt"),
    "C2, failed without effect": hasType("StepFailed"),
    "C3, an earlier attempt succeeded": byEarlier("StepSucceeded", "StepDispatched"),
    "C3, an undo held back by a superseded attempt": run.transitions.some(
      ({ events: [first, second] }) =>
        (first?.type === "AttemptTimedOut" || first?.type === "AttemptWithdrawn" || first?.type === "ResultRejected") &&
        first.side === "execute" &&
        second?.type === "CompensationDispatched" &&
        second.step === first.step,
    ),
    "C4, late success": hasType("LateSuccessRecorded"),
    "C4, late success after its undo was done": settledBefore("LateSuccessRecorded", "StepCompensated"),
    "C5, the success first": lateEffectAfter("StepCompensated"),
    "C5, the undo first": lateEffectAfter("LateSuccessRecorded"),
    "C5, of a run that had ended": lateEffectAfter("LateSuccessRecorded", "RunReopened"),
    "C7, an undo tried again": has((event) => event.type === "RetryScheduled" && event.side === "compensate"),
    "C7, an incident answered by a late result": has(
      (event) => event.type === "IncidentClosed" && event.by === "late_result",
    ),
    "C8, taken back": hasType("AttemptWithdrawn"),
    "C8, the grace over": together("AttemptTimedOut", "StepInDoubt", "RollbackBegan") && run.run.cancelled,
    "C19, nothing found": has((event) => event.type === "StepCompensated" && !event.found),
    "an undo settled by an earlier attempt": byEarlier("StepCompensated", "CompensationDispatched"),
    "an undo that was unneeded": hasType("CompensationUnneeded"),
    "an answer of an attempt that was superseded": rejected("superseded"),
    "an answer to an undo that knew nothing of the success": rejected("uninformed"),
    "a key that was closed": has((event) => event.type === "AttemptFailed" && event.scope === "key"),
    "abandoned with residue": run.run.abandoned && run.status === "failed",
    "residue that is only possible": run.run.residue.some(({ certainty }) => certainty === "possible"),
    "a plain step that ran in a run that went back": run.run.undeclared.length > 0,
    "an answer after the run was abandoned": rejected("abandoned"),
  });
}

const stepIn = (event: SagaEvent): string | undefined => ("step" in event ? event.step : undefined);

const retry = fc.record({
  attempts: fc.integer({ min: 1, max: 4 }),
  initial: fc.integer({ min: 1, max: 5000 }),
  factor: fc.constantFrom(1, 2, 3),
  jitter: fc.constantFrom(0, 0.2, 1),
});
const timeout = fc.integer({ min: 100, max: 40_000 });
const stepShape = fc.record({
  timeout,
  retry,
  compensation: fc.option(fc.record({ worker: fc.constant("undo"), timeout, retry }), { nil: undefined, freq: 4 }),
});
const workflow = fc.array(stepShape, { minLength: 1, maxLength: 5 }).map((shapes) =>
  workflowOf(
    shapes.map(({ compensation, ...shape }, place) => ({
      step: `s${place}`,
      ...shape,
      ...(compensation === undefined ? {} : { compensation }),
    })),
  ),
);

const moment = fc.integer({ min: 0, max: 60_000 });
const climate = fc.record<Climate>({
  seed: fc.integer(),
  unlucky: fc.constantFrom(0, 10, 25, 50),
  foul: fc.constantFrom(0, 10, 25, 40),
  sloppy: fc.constant(false),
  cancelAt: fc.option(moment, { nil: undefined, freq: 3 }),
  abandonAt: fc.option(moment, { nil: undefined, freq: 6 }),
  restartsAt: fc.array(moment, { maxLength: 3 }),
});
const sloppyClimate = climate.map((one): Climate => ({ ...one, sloppy: true, abandonAt: undefined }));

/** A world to its end; then what is blocked is abandoned, and judged by its residue. */
function liveThrough(plan: Workflow, weather: Climate): void {
  const world = new World(new ScriptedRun(plan), weather);
  world.live();
  const blocked = world.run.status === "blocked";
  if (blocked) {
    world.abandon();
    world.live();
  }
  expect(world.run.run.phase).toBe("ended");
  judge(world);
  expectNoFalseAlarm(world.run, weather.sloppy);
  tallyRun(world, blocked);
}

describe("in any world every run ends or is blocked, and its final word agrees with the ledger", () => {
  test("of workers that keep their duties", { timeout: 30_000 }, () => {
    fc.assert(fc.property(workflow, climate, liveThrough), { numRuns: 3000, seed: 20_260_101 });
  });

  test("of workers whose undo overlooks an effect until it is told of it", { timeout: 30_000 }, () => {
    fc.assert(fc.property(workflow, sloppyClimate, liveThrough), { numRuns: 3000, seed: 20_260_101 });
  });

  afterAll(() => {
    const never = Object.entries(paths).flatMap(([path, times]) => (times === 0 ? [path] : []));
    expect(never).toEqual([]);
  });
});
