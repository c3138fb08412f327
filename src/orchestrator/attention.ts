/**
 * Stuck is visible (semantics.md, C21): a command that has waited for a while, because nobody works for its type or the
 * queue of that type does not move, is recorded with its run, so that lists and status events tell it. It is taken back
 * when somebody takes the command.
 *
 * Looked at only while commands wait, every half minute; and no more than a page of runs is marked at a time, so that a
 * million behind one queue do not become a million transitions at once.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { EventBus } from "../bus/event-bus.ts";
import type { Neglect } from "../saga/event.ts";
import type { SagaInput } from "../saga/input.ts";
import { isSame } from "../saga/outgoing.ts";
import type { ActiveRun } from "./active-run.ts";
import type { OutCommand } from "./out-command.ts";

export interface AttentionOptions {
  readonly clock: Clock;
  readonly bus: Pick<EventBus, "queues">;
  readonly runs: () => Iterable<ActiveRun>;
  readonly decide: (run: ActiveRun, input: SagaInput) => void;
}

const lookEveryMs = 30_000;
const marksOfALook = 1000;

export class Attention {
  private readonly options: AttentionOptions;
  private timer: Timer | undefined;
  private isStopped = false;
  /** Worker types of which a command was taken since the last look. */
  private taken = new Set<string>();

  constructor(options: AttentionOptions) {
    this.options = options;
  }

  /** A command waits to be taken. */
  sent(): void {
    if (this.timer || this.isStopped) return;
    const { clock } = this.options;
    this.timer = clock.at(clock.now() + lookEveryMs, () => void this.look());
  }

  /** Somebody has taken it. */
  took({ worker, run, ref }: OutCommand): void {
    this.taken.add(worker);
    if (run.run.unattended?.step !== ref.step) return;
    this.options.decide(run, { type: "attention", step: ref.step, need: undefined, worker });
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const queues = await this.options.bus.queues();
    if (this.isStopped) return;
    this.timer = undefined;
    const waiting = queues.filter((queue) => queue.waiting > 0);
    const needs = new Map<string, Neglect>();
    for (const { worker, consumers } of waiting) {
      if (consumers === 0) needs.set(worker, "no_worker");
      else if (!this.taken.has(worker)) needs.set(worker, "queue_stands");
    }
    this.taken = new Set();
    if (needs.size > 0) this.mark(needs);
    if (waiting.length > 0) this.sent();
  }

  private mark(needs: ReadonlyMap<string, Neglect>): void {
    const { clock, runs, decide } = this.options;
    const before = clock.now() - lookEveryMs;
    const found: (readonly [ActiveRun, SagaInput])[] = [];
    for (const active of runs()) {
      const command = active.commands.find((one) => one.takenAt === undefined && needs.has(one.worker));
      const sentAt = command && active.run.out.find((ref) => isSame(ref, command.ref))?.at;
      if (!command || sentAt === undefined || sentAt > before) continue;
      const { worker, ref } = command;
      const need = needs.get(worker);
      const { unattended } = active.run;
      if (unattended?.step === ref.step && unattended.need === need) continue;
      found.push([active, { type: "attention", step: ref.step, need, worker }]);
      if (found.length === marksOfALook) break;
    }
    for (const [active, input] of found) decide(active, input);
  }
}
