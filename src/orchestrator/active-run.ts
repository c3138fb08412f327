/** A run that is held in memory: its state, and what no event records of it. */
import { type RunAttributes, runAttributes } from "../bus/make-envelope.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { CommandRef } from "../saga/event.ts";
import { isIn, isSame } from "../saga/outgoing.ts";
import type { Run } from "../saga/run.ts";
import type { CommandClock } from "../saga/input.ts";
import { nextDueAt, nextTimer, notTaken } from "../saga/timers.ts";
import type { Due } from "./due-queue.ts";
import type { OutCommand } from "./out-command.ts";

export class ActiveRun implements Due {
  readonly workflow: Workflow;
  readonly run: Run;
  /** Written by the queue of due runs. */
  dueAt = 0;
  duePlace = -1;
  /** Transitions that are decided and not yet durable; it stays in memory while there are any. */
  uncommitted = 0;
  /** Who has found it and is not done with it; it stays in memory for them, too. */
  users = 0;
  /** Whether its row in the journal says that it is parked. */
  parked = false;
  /** Its start was refused, because the journal holds a run of that id. Nothing follows from it any more. */
  isVoid = false;
  /** From the decision to suspend it until its resumption is durable: what was sent before is not sent again. */
  isSilent: boolean;
  commands: OutCommand[] = [];

  private attributesMade: RunAttributes | undefined = undefined;

  constructor(workflow: Workflow, run: Run) {
    this.workflow = workflow;
    this.run = run;
    this.isSilent = run.suspended;
  }

  /** What its envelopes say of it. */
  attributes(namespace: string): RunAttributes {
    const { id, uid, workflow } = this.run;
    return (this.attributesMade ??= runAttributes({ namespace, workflow, rootId: id, runId: id, runUid: uid }));
  }

  add(command: OutCommand): void {
    if (this.commands.length === 0) this.commands = [command];
    else this.commands.push(command);
  }

  command(ref: CommandRef): OutCommand | undefined {
    for (const command of this.commands) if (isSame(command.ref, ref)) return command;
    return undefined;
  }

  /** Takes those out that the run no longer waits for, and gives them. */
  takeEnded(): readonly OutCommand[] {
    const { out } = this.run;
    let ended: OutCommand[] | undefined;
    for (const command of this.commands) {
      if (isIn(out, command.ref)) continue;
      if (this.commands.length === 1) return this.takeAll();
      (ended ??= []).push(command);
    }
    if (!ended) return none;
    const gone = ended;
    this.commands =
      gone.length === this.commands.length ? [] : this.commands.filter((command) => !gone.includes(command));
    return gone;
  }

  takeAll(): readonly OutCommand[] {
    const { commands } = this;
    this.commands = [];
    return commands;
  }

  nextDueAt(): number | undefined {
    return nextDueAt(this.workflow, this.run, this.clockOf);
  }

  nextTimer() {
    return nextTimer(this.workflow, this.run, this.clockOf);
  }

  private readonly clockOf = (ref: CommandRef): CommandClock => this.command(ref) ?? notTaken;
}

const none: readonly OutCommand[] = [];
