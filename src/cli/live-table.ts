/**
 * How far many runs have come, while they run. On a terminal a few lines that are drawn over again, at most 10 times a
 * second, and wiped at the end; on a pipe a line whenever the counts have changed, at most one a second.
 *
 * It owns those lines on its stream: nobody else writes there before `end`.
 */
import { forPeople } from "../base/duration.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { type Look, worded } from "./look.ts";
import type { Sink } from "./output.ts";

export interface Frame {
  /** By status, in the order in which they are shown. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many have come to their end. */
  readonly done: number;
  /** Where it is known. */
  readonly total?: number | undefined;
  readonly ratePerS: number;
  readonly timeLeftMs?: number | undefined;
}

export interface LiveTableOptions {
  readonly stream: Sink;
  readonly look: Look;
  readonly clock: Clock;
}

const betweenFramesMs = { terminal: 100, pipe: 1000 } as const;

export class LiveTable {
  private readonly options: LiveTableOptions;
  private readonly isTerminal: boolean;
  private frame: Frame | undefined;
  private timer: Timer | undefined;
  private drawnAtMs = -Infinity;
  /** How many lines of the terminal it holds. */
  private lines = 0;
  private lastCounts = "";
  private isOver = false;

  constructor(options: LiveTableOptions) {
    this.options = options;
    this.isTerminal = options.stream.isTTY === true;
  }

  /** Draws now, or as soon as it may; of several frames in between only the last is seen. */
  show(frame: Frame): void {
    if (this.isOver) return;
    this.frame = frame;
    if (this.timer) return;
    const { clock } = this.options;
    const dueAtMs = this.drawnAtMs + betweenFramesMs[this.isTerminal ? "terminal" : "pipe"];
    if (clock.now() >= dueAtMs) return this.draw();
    this.timer = clock.at(dueAtMs, () => {
      this.timer = undefined;
      this.draw();
    });
  }

  /** Idempotent; nothing is drawn after it. On a pipe the last counts are said if they were not. */
  end(): void {
    this.isOver = true;
    this.timer?.cancel();
    this.timer = undefined;
    if (this.isTerminal) this.wipe();
    else this.draw();
    this.frame = undefined;
  }

  private draw(): void {
    if (!this.frame) return;
    this.drawnAtMs = this.options.clock.now();
    if (this.isTerminal) this.redraw(this.frame);
    else this.sayIfChanged(this.frame);
  }

  private redraw(frame: Frame): void {
    this.wipe();
    const { stream, look } = this.options;
    const counts = Object.entries(frame.counts).map(
      ([status, count]) => `  ${worded(look, status)}${" ".repeat(Math.max(1, 14 - status.length))}${grouped(count)}`,
    );
    // A line that wraps would take two, and the wiping would leave one behind.
    const progress = `  ${progressOf(frame)}`.slice(0, (stream.columns || 80) - 1);
    const lines = [...counts, progress];
    stream.write(`${lines.join("\n")}\n`);
    this.lines = lines.length;
  }

  private wipe(): void {
    if (this.lines === 0) return;
    // Up to the first of the lines, then everything below away.
    this.options.stream.write(`\u001b[${this.lines}A\u001b[0J`);
    this.lines = 0;
  }

  private sayIfChanged(frame: Frame): void {
    const counts = Object.entries(frame.counts)
      .map(([status, count]) => `${status} ${count}`)
      .join(", ");
    if (counts === this.lastCounts) return;
    this.lastCounts = counts;
    this.options.stream.write(`${counts}; ${progressOf(frame)}\n`);
  }
}

function progressOf({ done, total, ratePerS, timeLeftMs }: Frame): string {
  const share = total === undefined ? `${grouped(done)} done` : `${grouped(done)} of ${grouped(total)} done`;
  const left = timeLeftMs === undefined ? "" : `, ${forPeople(timeLeftMs)} left`;
  return `${share}, ${grouped(Math.round(ratePerS))}/s${left}`;
}

const grouped = (count: number): string => count.toLocaleString("en-US");
