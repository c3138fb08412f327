/**
 * A command that was published and is neither answered nor ended. For the bus it is a reference: its envelope is made
 * from the run as it stands when a worker takes it.
 */
import type { Mutable } from "../base/mutable.ts";
import { broken } from "../base/errors.ts";
import type { Command, CommandData } from "../bus/envelope.ts";
import type { PendingCommand } from "../bus/event-bus.ts";
import { makeCommand } from "../bus/make-envelope.ts";
import { payloadOf } from "../saga/command.ts";
import type { CommandRef } from "../saga/event.ts";
import { planIn } from "../saga/step-key.ts";
import { expiresAt } from "../saga/timers.ts";
import type { ActiveRun } from "./active-run.ts";

/** Who sends: what each of its commands says (events.md, 2). */
export interface Sender {
  readonly namespace: string;
  /** To whom results go. */
  readonly home: string;
  taken(command: OutCommand): void;
}

export class OutCommand implements PendingCommand {
  readonly id: string;
  readonly worker: string;
  readonly run: ActiveRun;
  readonly ref: CommandRef;
  /** It was published before, by the guard or an earlier life: taking it back would not say that it had no effect. */
  again: boolean;
  /** When a worker took it. */
  takenAt: number | undefined = undefined;
  /** When its worker last gave a sign of life. */
  heardAt: number | undefined = undefined;
  /** It is being taken back, because nobody took it in time. */
  isRecalled = false;
  /** It is not sent while its run is suspended. */
  isHeldBack = false;
  /** Whether its run still waits for it. */
  isOpen = true;
  private readonly sender: Sender;

  constructor(id: string, worker: string, run: ActiveRun, ref: CommandRef, again: boolean, sender: Sender) {
    this.id = id;
    this.worker = worker;
    this.run = run;
    this.ref = ref;
    this.again = again;
    this.sender = sender;
  }

  taken(): void {
    this.sender.taken(this);
  }

  envelope(): Command {
    const { ref, again, sender } = this;
    const { run, workflow } = this.run;
    const made = payloadOf(workflow, run, ref.step, ref.side);
    if (!made.ok) broken(`the input of ${ref.step} was mapped before its command was recorded`);
    const { payload } = made;
    const plan = ref.side === "execute" ? planIn(workflow, ref.step) : undefined;
    const context: Mutable<CommandData["context"]> = {
      timeoutMs: payload.timeoutMs,
      execution: plan?.execution ?? "at_least_once",
      delivery: 1,
    };
    if (plan?.heartbeatMs !== undefined) context.heartbeatMs = plan.heartbeatMs;
    if (again) context.again = true;
    const data: Mutable<CommandData> = { input: payload.input, context };
    if (payload.forward) data.forward = payload.forward;
    if (payload.undo !== undefined) data.undo = payload.undo;
    return makeCommand({
      id: this.id,
      run: this.run.attributes(sender.namespace),
      home: sender.home,
      atMs: run.changedAt,
      definition: run.definition,
      version: run.version,
      worker: payload.worker,
      step: ref.step,
      action: ref.side,
      attempt: ref.attempt,
      key: payload.key,
      undoes: payload.undoes,
      expiresAtMs: expiresAt(workflow, run, ref),
      data,
    });
  }
}
