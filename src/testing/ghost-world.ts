/**
 * A random world around one run: a bus that is slow and delivers twice, workers over a ghost ledger, engines that restart,
 * an operator who cancels, suspends, abandons and answers what he is asked. The same climate, the same world.
 */
import { assert } from "../base/errors.ts";
import { type CommandPayload, payloadOf } from "../saga/command.ts";
import type { CommandRef } from "../saga/event.ts";
import type { Outcome } from "../saga/input.ts";
import { isSame } from "../saga/outgoing.ts";
import { planIn } from "../saga/step-key.ts";
import { expiresAt } from "../saga/timers.ts";
import { GhostOperator } from "./ghost-operator.ts";
import { GhostWorkers, overlooks, type Sort } from "./ghost-workers.ts";
import type { ScriptedRun } from "./scripted-run.ts";

interface Sent {
  readonly ref: CommandRef;
  payload: CommandPayload;
  readonly expiresAt: number | undefined;
  deliveries: number;
  /** It will not be delivered any more: taken back, or acknowledged. */
  isGone: boolean;
  /** The worker was advised to stop. */
  advised: boolean;
  /** The worker is at it. */
  isBusy: boolean;
}

interface Happening {
  readonly at: number;
  readonly act: () => void;
}

export interface Climate {
  readonly seed: number;
  /** How likely a worker is to fail, of 100. */
  readonly unlucky: number;
  /** How likely an answer is to be lost, and work or a message to take long, of 100. */
  readonly foul: number;
  readonly sort: Sort;
  readonly cancelAt: number | undefined;
  readonly abandonAt: number | undefined;
  readonly restartsAt: readonly number[];
  readonly suspendsAt: readonly number[];
  readonly signalsAt?: readonly number[];
  /** Of a run that begins above a limit. */
  readonly admitAt: number | undefined;
  /** Whether what he says agrees with the ledger; `absent` says nothing. */
  readonly operator: "truthful" | "wrong" | "absent";
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

export class GhostWorld {
  readonly run: ScriptedRun;
  readonly workers: GhostWorkers;
  readonly operator: GhostOperator;
  readonly climate: Climate;
  /** Keys whose success the run was told of, while it was not abandoned. */
  readonly told = new Set<string>();
  /** What the history does not tell. */
  deliveredTwice = false;
  restartedWhileOut = false;
  private readonly dice: (sides: number) => number;
  private readonly commands: Sent[] = [];
  private happenings: Happening[] = [];
  private heardSent = 0;
  private heardRecalled = 0;
  private heardWithdrawn = 0;
  private willResume = false;

  constructor(run: ScriptedRun, climate: Climate) {
    this.run = run;
    this.climate = climate;
    this.dice = diceOf(climate.seed);
    this.workers = new GhostWorkers(climate.sort, climate.unlucky, this.dice);
    this.operator = new GhostOperator(run, this.workers, climate.operator === "truthful", this.dice);
    const { cancelAt, abandonAt, restartsAt, suspendsAt, admitAt } = climate;
    if (cancelAt !== undefined) this.in(cancelAt, () => this.run.cancel());
    if (abandonAt !== undefined) this.in(abandonAt, () => this.abandon());
    if (admitAt !== undefined) this.in(admitAt, () => this.run.give({ type: "admit" }));
    for (const signalAt of climate.signalsAt ?? []) {
      this.in(signalAt, () => this.run.verb({ type: "signal", signal: "go", id: `s${signalAt}`, payload: signalAt }));
    }
    for (const restartAt of restartsAt) this.in(restartAt, () => this.restart());
    for (const suspendAt of suspendsAt) this.in(suspendAt, () => this.run.verb({ type: "suspend" }));
    this.hear();
  }

  /** Until nothing is under way and no timer is set. Results come before timers that are due at the same moment. */
  live(): void {
    for (let acts = 0; ; acts++) {
      assert(acts < 3000, `a world comes to rest\n${this.run.history()}`);
      const timer = this.run.nextTimer();
      const next = this.happenings.reduce<Happening | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
      if (next && (!timer || next.at <= timer.dueAt)) {
        this.happenings = this.happenings.filter((one) => one !== next);
        this.run.now = Math.max(this.run.now, next.at);
        next.act();
      } else if (timer) {
        assert(this.run.waitForTimer().length > 0, `a timer that is due does something\n${this.run.history()}`);
      } else return;
      this.hear();
    }
  }

  /** The bus gives back what nobody took before the operator's word is decided. */
  abandon(): void {
    const back = this.commands.filter(
      ({ ref, deliveries }) => deliveries === 0 && this.run.run.out.some((out) => isSame(out, ref)),
    );
    for (const command of back) command.isGone = true;
    this.run.abandon(...back.map(({ ref }) => ref));
  }

  private restart(): void {
    if (this.run.run.out.length > 0) this.restartedWhileOut = true;
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
    const { run } = this;
    for (; this.heardSent < run.sent.length; this.heardSent++) {
      const ref = run.sent[this.heardSent];
      if (ref) this.publish(ref);
    }
    for (; this.heardRecalled < run.recalled.length; this.heardRecalled++) {
      const ref = run.recalled[this.heardRecalled];
      if (ref) this.takeBack(ref, true);
    }
    for (; this.heardWithdrawn < run.withdrawn.length; this.heardWithdrawn++) {
      const ref = run.withdrawn[this.heardWithdrawn];
      if (ref) this.takeBack(ref, false);
    }
    // A run that ended while it was suspended is so still when it reopens.
    if (run.status === "suspended" && !this.willResume) {
      this.willResume = true;
      this.in(this.dice(60_000), () => {
        this.willResume = false;
        run.verb({ type: "resume" });
      });
    }
    if (this.climate.operator === "absent") return;
    for (const { number } of this.operator.newIncidents()) {
      this.in(1 + this.dice(30_000), () => this.answer(number));
    }
  }

  private takeBack(ref: CommandRef, advises: boolean): void {
    const command = this.commands.find((one) => isSame(one.ref, ref));
    if (!command) return;
    if (advises) command.advised = true;
    if (command.deliveries > 0) return;
    command.isGone = true;
    this.in(1, () => this.run.withdraw(command.ref.step, command.ref.side, command.ref.attempt));
  }

  /** Until the question is answered: what he says first may be refused. */
  private answer(incident: number): void {
    if (this.operator.answer(incident) === "abandon") this.abandon();
    if (this.operator.isOpen(incident)) this.in(1 + this.dice(5000), () => this.answer(incident));
  }

  private publish(ref: CommandRef): void {
    const { run, climate } = this;
    const made = payloadOf(run.workflow, run.run, ref.step, ref.side);
    assert(made.ok, "a command that was sent has a payload");
    const command: Sent = {
      ref,
      payload: made.payload,
      expiresAt: expiresAt(run.workflow, run.run, ref),
      deliveries: 0,
      isGone: false,
      advised: false,
      isBusy: false,
    };
    this.commands.push(command);
    this.in(this.delay(), () => this.deliver(command));
    // C24: what must not be sent twice is acknowledged before its worker begins.
    const isOnce = ref.side === "execute" && planOf(run, ref.step)?.execution === "at_most_once";
    if (!isOnce && this.chance(climate.foul)) this.in(1000 + this.dice(120_000), () => this.deliver(command));
  }

  private deliver(command: Sent): void {
    if (command.isGone) return;
    const { step, side, attempt } = command.ref;
    const isExpired = command.expiresAt !== undefined && this.run.now > command.expiresAt;
    if (++command.deliveries === 1) this.run.take(step, side, attempt);
    else this.deliveredTwice = true;
    command.isBusy = true;
    this.beat(command);
    this.in(this.delay(), () => {
      const outcome = this.work(command, isExpired);
      command.isBusy = false;
      const isLost = this.chance(this.climate.foul) && !(overlooks(this.climate.sort) && side !== "compensate");
      if (outcome && !isLost) this.in(this.delay(), () => this.tell(command, outcome));
    });
  }

  private tell({ ref, payload }: Sent, outcome: Outcome): void {
    const { step, side, attempt } = ref;
    const isSuccess = outcome.outcome === "succeeded" || outcome.outcome === "done";
    if (isSuccess && !this.run.run.abandoned) this.told.add(payload.undoes ?? payload.key);
    this.run.answer(step, side, attempt, outcome);
  }

  private work(command: Sent, isExpired: boolean): Outcome | undefined {
    const { ref, payload, advised } = command;
    const isAlone = command.deliveries === 1;
    const delivery = { attempt: ref.attempt, advised, isAlone, isExpired };
    if (ref.side === "inquire") return this.workers.inquire(payload);
    if (ref.side === "compensate") return this.workers.compensate(payload, delivery);
    const outcome = this.workers.execute(payload, delivery);
    // It has answered with its lease held, and acknowledges: there is no other delivery.
    if (this.climate.sort === "storeless" && outcome?.outcome === "failed" && outcome.effect === "none")
      command.isGone = true;
    return outcome;
  }

  /** A worker that is at work gives a sign of life twice in the time; in foul weather it may forget. */
  private beat(command: Sent): void {
    const { step, side, attempt } = command.ref;
    const heartbeatMs = side === "execute" ? planOf(this.run, step)?.heartbeatMs : undefined;
    if (heartbeatMs === undefined || this.chance(this.climate.foul)) return;
    this.in(Math.ceil(heartbeatMs / 2), () => {
      if (!command.isBusy) return;
      this.run.beat(step, side, attempt);
      this.beat(command);
    });
  }
}

const planOf = ({ workflow }: ScriptedRun, step: string) => planIn(workflow, step);
