/**
 * Works a run for each line of input, so many at a time, and takes the next line when one of them has come to rest.
 *
 * It owns what is open. After `stop`, or after a line that cannot be started, it takes no more lines and waits for
 * what is open; the first thing that went wrong is then thrown.
 */
import type { RunView, Workflow } from "../clew.ts";
import { type RunStarter, untilStill } from "./engine.ts";
import type { RunInput } from "./run-input.ts";

export interface LineWorkOptions {
  readonly engine: RunStarter;
  readonly workflow: Workflow;
  /** How many runs are open at a time. */
  readonly mostOpen: number;
  /** Whether a run that has come to a long wait is waited for. */
  readonly waits: boolean;
  /** Called when one more is open. */
  readonly onStart: () => void;
  /** Called with each run that has ended, or stands still; the next line waits for it. */
  readonly onRest: (view: RunView) => Promise<void>;
}

/** A line that was read, checked, and can be started. */
export interface WorkLine extends RunInput {
  /** Puts the place of the line before what its start throws. */
  readonly located: (error: unknown) => unknown;
}

export class LineWork {
  private readonly options: LineWorkOptions;
  private open = 0;
  private failure: { readonly error: unknown } | undefined;
  /** Called when one more has come to rest. */
  private onRoom = (): void => {};

  constructor(options: LineWorkOptions) {
    this.options = options;
  }

  async work(lines: AsyncIterable<WorkLine>): Promise<void> {
    try {
      for await (const line of lines) {
        while (this.open >= this.options.mostOpen) await this.room();
        if (this.failure) break;
        this.open++;
        void this.workLine(line);
      }
    } catch (error) {
      this.fail(error);
    }
    while (this.open > 0) await this.room();
    if (this.failure) throw this.failure.error;
  }

  private async workLine({ input, id, located }: WorkLine): Promise<void> {
    const { engine, workflow, waits, onStart, onRest } = this.options;
    try {
      onStart();
      const started = await engine.start(workflow, input, id === undefined ? {} : { id });
      await onRest(await untilStill(engine, started.id, waits));
    } catch (error) {
      this.fail(located(error));
    } finally {
      this.open--;
      this.onRoom();
    }
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.onRoom = resolve;
    });
  }
}
