/**
 * What follows from a commit: commands to workers, recalls, status events. Also the book of what is out, by message
 * id: who took it and when.
 */
import type { Clock } from "../base/clock.ts";
import { broken } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { EventBus } from "../bus/event-bus.ts";
import { makeNotice, makeStatus } from "../bus/make-envelope.ts";
import type { CommandRef, SagaEvent } from "../saga/event.ts";
import type { SagaInput } from "../saga/input.ts";
import { commandId } from "../saga/keys.ts";
import type { Children } from "./children.ts";
import { isIn, outgoingOf } from "../saga/outgoing.ts";
import { isForChild, planIn } from "../saga/step-key.ts";
import { statusOf } from "../saga/status.ts";
import { attemptState } from "../saga/timers.ts";
import type { Run } from "../saga/run.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Decided } from "./decided.ts";
import type { Attention } from "./attention.ts";
import { Guard } from "./guard.ts";
import { OutCommand, type Sender } from "./out-command.ts";
import { PutOff } from "./put-off.ts";

export interface PublisherOptions {
  readonly namespace: string;
  readonly home: string;
  readonly bus: EventBus;
  readonly clock: Clock;
}

/** What follows for a run, told to who holds it. */
export interface PublisherOwner {
  readonly attention: Attention;
  readonly children: Children;
  decide(run: ActiveRun, input: SagaInput): void;
  /** The run's next timer may have changed. */
  watch(run: ActiveRun): void;
  /** Gives back what was kept in memory by its `users`. */
  release(run: ActiveRun): void;
}

export class Publisher implements Sender {
  readonly namespace: string;
  readonly home: string;
  private readonly options: PublisherOptions;
  private readonly owner: PublisherOwner;
  /** Where the bus keeps what it was given, nothing has to be sent again. */
  private readonly guard: Guard | undefined;
  private readonly putOff: PutOff;
  private isStopped = false;

  constructor(options: PublisherOptions, owner: PublisherOwner) {
    this.namespace = options.namespace;
    this.home = options.home;
    this.options = options;
    this.owner = owner;
    this.putOff = new PutOff(options.clock, (commands) => this.sendPutOff(commands));
    if (options.bus.traits.losesMessages) this.guard = new Guard(options.clock, (command) => this.sendAgain(command));
  }

  /** How many runs' commands the bus has no room for. */
  get putOffCount(): number {
    return this.putOff.size;
  }

  /** After its commit. */
  publish(decided: Decided): void {
    const { active } = decided;
    const { send, recall, withdraw } = outgoingOf(active.workflow, active.run, decided.events);
    // A later decision may have been taken already, on which this command is no longer out, or no longer wanted.
    for (const ref of send) {
      if (!isOut(active, ref)) continue;
      if (isOfChild(active, ref)) this.owner.children.send(active, ref);
      else this.sendFirst(this.open(active, ref, false));
    }
    if (recall.length > 0) void this.recall(active, recall, true);
    if (withdraw.length > 0) void this.recall(active, withdraw, false);
    if (active.isSilent && !active.run.suspended && decided.events.some(({ type }) => type === "RunResumed")) {
      active.isSilent = false;
      this.sendHeldBack(active);
    }
    if (this.options.bus.statusIsHeard) this.tell(decided);
  }

  /**
   * After a restart over a bus that was found empty (semantics.md, C18): each live command again. What a run that is
   * going back no longer wants to be done is not asked for again; its clock starts anew and ends it.
   */
  publishAgain(active: ActiveRun): void {
    for (const ref of active.run.out) if (!ref.isChild) this.sendAgain(this.open(active, ref, true));
    if (this.options.bus.statusIsHeard) this.tellStanding(active);
  }

  /** The same of children: asked when all runs are taken up, because what they are asked for changes them. */
  askChildrenAgain(active: ActiveRun): void {
    for (const ref of active.run.out) if (ref.isChild && !ref.isBegun) this.owner.children.send(active, ref);
  }

  /** The same message, marked. What must never be sent twice is not: the clock ends it in doubt (C24). */
  private sendAgain(command: OutCommand): void {
    if (!isOut(command.run, command.ref)) return;
    command.again = true;
    if (!isWanted(command) || isSentOnce(command)) this.leave(command);
    else if (command.run.isSilent) command.isHeldBack = true;
    else this.send([command]);
  }

  /** The run is resumed. A worker may have been heard of meanwhile that has what was sent before. */
  private sendHeldBack(active: ActiveRun): void {
    for (const command of active.commands) {
      if (!command.isHeldBack) continue;
      command.isHeldBack = false;
      if (command.takenAt !== undefined) continue;
      if (command.again) this.sendAgain(command);
      else this.sendFirst(command);
    }
  }

  private sendFirst(command: OutCommand): void {
    if (isWanted(command)) this.send([command]);
    else this.leave(command);
  }

  /**
   * Nobody took it in time: where the bus gives it back it had no effect, and else nobody knows. Gives `false` where it
   * cannot be taken back.
   */
  expire(active: ActiveRun, ref: CommandRef): boolean {
    const command = active.command(ref);
    if (!command || command.takenAt !== undefined || !this.options.bus.traits.withdraws) return false;
    command.isRecalled = true;
    void this.takeBackInTime(active, command);
    return true;
  }

  private async takeBackInTime(active: ActiveRun, command: OutCommand): Promise<void> {
    const { ref, worker, id } = command;
    active.users++;
    try {
      const [got] = await this.options.bus.withdraw(worker, [id]);
      if (this.isStopped || !command.isOpen) return;
      command.isRecalled = false;
      const hadNoEffect = got !== undefined && !command.again;
      if (hadNoEffect) this.owner.decide(active, { type: "withdrawn", ...ref });
      else this.owner.decide(active, { type: "timer", timer: { kind: "timeout", ...ref, takenAt: command.takenAt } });
      this.owner.watch(active);
    } finally {
      this.owner.release(active);
    }
  }

  /** It is not sent: what never was is as good as taken back, and of what may have been taken the clock starts. */
  private leave(command: OutCommand): void {
    const { run: active, ref } = command;
    if (!command.again) return this.owner.decide(active, { type: "withdrawn", ...ref });
    command.takenAt = this.options.clock.now();
    this.owner.watch(active);
  }

  /** A worker took it: its timeout runs from now. */
  taken(command: OutCommand): void {
    if (!command.isOpen || this.isStopped) return;
    command.takenAt ??= this.options.clock.now();
    this.guard?.forget(command.id);
    this.owner.attention.took(command);
    this.owner.watch(command.run);
  }

  /** Its worker gives a sign of life. */
  heard(command: OutCommand): void {
    command.heardAt = this.options.clock.now();
    this.taken(command);
  }

  /** Forgets the commands that a decision has ended. */
  endCommands(active: ActiveRun): void {
    for (const command of active.takeEnded()) this.close(command);
  }

  forget(active: ActiveRun): void {
    for (const command of active.commands) this.close(command);
    active.commands = [];
  }

  /** Nothing is sent any more; what was promised is sent by the next life of the engine. */
  stop(): void {
    this.isStopped = true;
    this.guard?.stop();
    this.putOff.stop();
  }

  private close(command: OutCommand): void {
    command.isOpen = false;
    this.guard?.forget(command.id);
  }

  /** Takes back whatever of a run nobody took, and gives what is thereby known to have had no effect. */
  async takeBack(active: ActiveRun): Promise<readonly CommandRef[]> {
    const back: CommandRef[] = [];
    for (const command of active.commands) {
      const [got] = await this.options.bus.withdraw(command.worker, [command.id]);
      if (got !== undefined && !command.again) back.push(command.ref);
    }
    return back;
  }

  private open(active: ActiveRun, ref: CommandRef, again: boolean): OutCommand {
    const plan = planIn(active.workflow, ref.step);
    const worker = ref.side === "compensate" ? plan?.compensation?.worker : plan?.worker;
    if (!worker) broken(`${ref.step} has a worker to ${ref.side}`);
    const id = commandId(active.run.uid, ref.step, ref.side, ref.attempt);
    const command = new OutCommand(id, worker, active, ref, again, this);
    active.add(command);
    return command;
  }

  private send(commands: readonly OutCommand[]): void {
    this.publishCommands(commands)?.catch(() => this.putOff.add(commands));
  }

  private publishCommands(commands: readonly OutCommand[]): Promise<void> | undefined {
    this.owner.attention.sent();
    if (this.guard) for (const command of commands) this.guard.watch(command);
    return this.options.bus.publishCommands(commands);
  }

  /** What is still to be sent of what the bus had no room for. */
  private async sendPutOff(commands: readonly OutCommand[]): Promise<void> {
    // One that was sent before may have been taken meanwhile.
    const open = commands.filter(({ isOpen, run, ref, takenAt }) => isOpen && isOut(run, ref) && takenAt === undefined);
    const wanted = open.filter(isWanted);
    for (const command of open) if (!isWanted(command)) this.leave(command);
    for (const command of wanted) command.isHeldBack = command.run.isSilent;
    const ready = wanted.filter(({ isHeldBack }) => !isHeldBack);
    if (ready.length > 0) await this.publishCommands(ready);
  }

  /** Taken back where nobody took it; else, where `advises`, advised to cancel (C3, C8, C10). */
  private async recall(active: ActiveRun, refs: readonly CommandRef[], advises: boolean): Promise<void> {
    active.users++;
    for (const ref of refs) {
      if (advises && isOfChild(active, ref)) this.owner.children.advise(active, ref);
      const command = active.command(ref);
      if (!command) continue;
      const [got] = command.takenAt === undefined ? await this.options.bus.withdraw(command.worker, [command.id]) : [];
      if (got !== undefined && !command.again) this.owner.decide(active, { type: "withdrawn", ...ref });
      else if (advises) this.options.bus.publishNotice(this.cancelNotice(command));
      // Nobody will take it any more who starts its clock.
      if (got !== undefined && command.again && command.isOpen) this.leave(command);
    }
    this.owner.release(active);
  }

  private cancelNotice({ run: active, ref, worker }: OutCommand) {
    return makeNotice({
      run: active.attributes(this.namespace),
      atMs: this.options.clock.now(),
      worker,
      step: ref.step,
      action: ref.side,
      attempt: ref.attempt,
      advice: "cancel",
    });
  }

  private tell({ active, events, status, phase, version, at }: Decided): void {
    const parts = { run: active.attributes(this.namespace), atMs: at };
    let number = version - events.length;
    for (const event of events) {
      const step = "step" in event ? event.step : undefined;
      const data = { status, phase, event: event.type, detail: detailOf(event) };
      this.options.bus.publishStatus(makeStatus(parts, { step, number: ++number, data }));
    }
  }

  /** Status events are told at least once: after a restart each open run says where it stands. */
  private tellStanding(active: ActiveRun): void {
    const { run } = active;
    const parts = { run: active.attributes(this.namespace), atMs: run.changedAt };
    const data = { status: statusOf(run), phase: run.phase, event: "RunRecovered", detail: {} };
    this.options.bus.publishStatus(makeStatus(parts, { number: run.version, data }));
  }
}

/** What a recorded event says, without the payloads: a status event goes to whoever listens. */
function detailOf(event: SagaEvent): JsonObject {
  // Nearly all events are one of these two.
  if (event.type === "StepDispatched" || event.type === "StepSucceeded")
    return { step: event.step, attempt: event.attempt };
  const said = event as unknown as JsonObject;
  const detail: Record<string, Json> = {};
  for (const key in said) {
    const value = said[key];
    if (value !== undefined && !isPayload(key)) detail[key] = value;
  }
  return detail;
}

const isPayload = (key: string): boolean => payloads.has(key);

const payloads: ReadonlySet<string> = new Set(["type", "input", "output", "undo", "items", "payload"]);

/** Still wanted on the state that later decisions left; of an abandoned run nothing is, though it may answer yet. */
const isOut = ({ run }: ActiveRun, ref: CommandRef): boolean => !run.abandoned && isIn(run.out, ref);

/** Nothing is asked for that another attempt has settled, or that a run which is going back would have to undo. */
function isWanted({ run: { run, workflow }, ref: { step, side, attempt } }: OutCommand): boolean {
  if (side === "execute" && run.phase !== "forward" && !isAskedOnceMore(workflow, run, step, attempt)) return false;
  return attemptState(workflow, run, { step, side, attempt }) !== "superseded";
}

/** By an operator, of a doubtful pivot, while its run drains. */
function isAskedOnceMore({ places, pivotPlace }: Workflow, run: Run, step: string, attempt: number): boolean {
  const isPivot = places.get(step) === pivotPlace && run.phase === "draining";
  return isPivot && attempt > 1 && run.steps[pivotPlace]?.mended?.isAskedOnceMore === true;
}

/** It is for another run. */
function isOfChild({ workflow }: ActiveRun, { step, side }: CommandRef): boolean {
  const plan = planIn(workflow, step);
  return plan !== undefined && isForChild(plan, side);
}

const isSentOnce = ({ run: { workflow }, ref }: OutCommand): boolean =>
  ref.side === "execute" && planIn(workflow, ref.step)?.execution === "at_most_once";
