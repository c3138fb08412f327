/**
 * Commands that the bus had no room for. They are promised in the journal, so they are tried until there is room: all of
 * them at one timer, however many they are, because a million that were refused each by itself would leave no time for
 * the work that makes room. A try ends with the first that is refused again, and that one goes behind the others, so that
 * what the bus never takes holds up nobody else.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { OutCommand } from "./out-command.ts";

/** How long a command waits that the bus had no room for. */
const noRoomRetryMs = 250;

export class PutOff {
  private readonly clock: Clock;
  private readonly tryAgain: (commands: readonly OutCommand[]) => Promise<void>;
  /** As they were sent: the bus takes all of one call, or none. */
  private readonly waiting = new Set<readonly OutCommand[]>();
  private timer: Timer | undefined;
  private isTrying = false;
  private isStopped = false;

  /** `tryAgain` rejects where the bus took nothing. */
  constructor(clock: Clock, tryAgain: (commands: readonly OutCommand[]) => Promise<void>) {
    this.clock = clock;
    this.tryAgain = tryAgain;
  }

  /** How many calls of `add` still wait. */
  get size(): number {
    return this.waiting.size;
  }

  add(commands: readonly OutCommand[]): void {
    this.waiting.add(commands);
    this.arm();
  }

  stop(): void {
    this.isStopped = true;
    this.waiting.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(): void {
    if (this.timer || this.isTrying || this.isStopped || this.waiting.size === 0) return;
    this.timer = this.clock.at(this.clock.now() + noRoomRetryMs, () => {
      this.timer = undefined;
      void this.tryAll();
    });
  }

  private async tryAll(): Promise<void> {
    this.isTrying = true;
    try {
      for (const commands of this.waiting) {
        this.waiting.delete(commands);
        if (!(await this.isSent(commands))) return;
      }
    } finally {
      this.isTrying = false;
      this.arm();
    }
  }

  private async isSent(commands: readonly OutCommand[]): Promise<boolean> {
    try {
      await this.tryAgain(commands);
      return true;
    } catch {
      this.waiting.add(commands);
      return false;
    }
  }
}
