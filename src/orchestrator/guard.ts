/**
 * Over a bus that may lose messages, a command that nobody is known to have taken is sent again after a while, with the
 * same message id (semantics.md, C18). What was taken ends by its own timeout. One timer of the clock is set, for the
 * command that was sent first; where nothing waits, none.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { OutCommand } from "./out-command.ts";

/** postgres.md: a run that lives shorter never meets the guard. */
const guardAfterMs = 30_000;

export class Guard {
  private readonly clock: Clock;
  private readonly sendAgain: (command: OutCommand) => void;
  /** By message id, in the order in which they were sent. */
  private readonly waiting = new Map<string, { readonly command: OutCommand; readonly dueAt: number }>();
  private timer: Timer | undefined;

  constructor(clock: Clock, sendAgain: (command: OutCommand) => void) {
    this.clock = clock;
    this.sendAgain = sendAgain;
  }

  /** It was sent, just now. */
  watch(command: OutCommand): void {
    this.waiting.delete(command.id);
    this.waiting.set(command.id, { command, dueAt: this.clock.now() + guardAfterMs });
    this.arm();
  }

  /** It was taken, answered, or is not waited for any more. */
  forget(id: string): void {
    this.waiting.delete(id);
  }

  stop(): void {
    this.waiting.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(): void {
    const [first] = this.waiting.values();
    if (this.timer || !first) return;
    this.timer = this.clock.at(first.dueAt, () => {
      this.timer = undefined;
      this.look();
      this.arm();
    });
  }

  private look(): void {
    const now = this.clock.now();
    const due = [...this.waiting.values()].filter(({ dueAt }) => dueAt <= now);
    for (const { command } of due) {
      this.waiting.delete(command.id);
      this.sendAgain(command);
    }
  }
}
