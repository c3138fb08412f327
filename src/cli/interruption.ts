/**
 * A person, or the system, asks the command to stop: SIGINT, SIGTERM, or nobody reads what it writes. A command that
 * has something to close says so and is asked once; whoever asks again does not wait any longer.
 */

/** What a shell says of a command that was interrupted. */
export const interruptedExitCode = 130;

export class Interruption {
  private readonly leave: () => void;
  private stop: (() => void) | undefined;
  private asked = false;

  /** `leave` ends the process at once. */
  constructor(leave: () => void) {
    this.leave = leave;
  }

  /** Whether the command has something to close first. */
  get isHandled(): boolean {
    return this.stop !== undefined;
  }

  /** From now on an interruption calls `stop`, once, instead of ending the process: it must bring the command to its end. */
  handle(stop: () => void): void {
    this.stop = stop;
  }

  come(): void {
    if (this.asked || !this.stop) return this.leave();
    this.asked = true;
    this.stop();
  }
}
