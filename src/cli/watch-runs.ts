/**
 * `clew runs ls --watch`: the same list, read anew each second until somebody interrupts. On a terminal it is drawn over
 * itself; on a pipe each run is a line when it comes into the list, and again whenever its row has changed.
 *
 * On a terminal it owns the lines that it has drawn on standard output: nobody else writes there meanwhile.
 */
import { stripVTControlCharacters } from "node:util";
import type { Clock } from "../base/clock.ts";
import type { PageOf } from "../journal/journal.ts";
import type { ListedRun } from "../operations/runs.ts";
import type { CommandContext } from "./command.ts";
import { interruptedExitCode } from "./interruption.ts";
import { renderRow, renderRows } from "./run-rows.ts";

const betweenReadsMs = 1000;

export interface WatchOptions {
  readonly read: () => Promise<PageOf<ListedRun>>;
  /** What is said of a list without runs. */
  readonly none: string;
  readonly clock: Clock;
}

/** Gives the exit code of an interrupted command: that is the only end it has. */
export async function watchRuns(context: CommandContext, { read, none, clock }: WatchOptions): Promise<number> {
  const end = Promise.withResolvers<"end">();
  let isOver = false;
  context.interruption.handle(() => {
    isOver = true;
    end.resolve("end");
  });
  const shown = context.isTerminal && context.format === "text" ? new DrawnRows(context, none) : new SaidRows(context);
  for (;;) {
    const page = await read();
    if (isOver) return interruptedExitCode;
    shown.show(page.items);
    // Whoever does not read any more never lets it drain, but is an interruption.
    await Promise.race([context.drained(), end.promise]);
    const pause = Promise.withResolvers<"again">();
    const timer = clock.at(clock.now() + betweenReadsMs, () => pause.resolve("again"));
    const next = await Promise.race([pause.promise, end.promise]);
    timer.cancel();
    if (next === "end") return interruptedExitCode;
  }
}

class DrawnRows {
  private readonly context: CommandContext;
  private readonly none: string;
  private drawn: readonly string[] = [];

  constructor(context: CommandContext, none: string) {
    this.context = context;
    this.none = none;
  }

  show(rows: readonly ListedRun[]): void {
    const lines = this.fitting(rows.length === 0 ? [this.none] : renderRows(rows, this.context).split("\n"));
    if (lines.length === this.drawn.length && lines.every((line, place) => line === this.drawn[place])) return;
    // Up to the first of the lines, then everything below away.
    const wipe = this.drawn.length === 0 ? "" : `\u001b[${this.drawn.length}A\u001b[0J`;
    this.context.out(`${wipe}${lines.join("\n")}\n`);
    this.drawn = lines;
  }

  /** What scrolls off the screen, or wraps, could not be wiped any more. */
  private fitting(lines: readonly string[]): readonly string[] {
    const { columns, rows } = this.context.screen;
    const most = Math.max(2, rows - 2);
    const more = lines.length - most;
    const shown = more > 0 ? [...lines.slice(0, most - 1), `… and ${more + 1} more`] : lines;
    return shown.map((line) => {
      const plain = [...stripVTControlCharacters(line)];
      return plain.length < columns ? line : plain.slice(0, columns - 1).join("");
    });
  }
}

class SaidRows {
  private readonly context: CommandContext;
  /** Of the list as it was read last; a list is a page, so that they are few. */
  private said = new Map<string, string>();

  constructor(context: CommandContext) {
    this.context = context;
  }

  show(rows: readonly ListedRun[]): void {
    const now = new Map(rows.map((row) => [row.uid, JSON.stringify(row)]));
    for (const row of rows.filter(({ uid }) => now.get(uid) !== this.said.get(uid))) {
      if (this.context.format === "jsonl") this.context.line(row);
      else this.context.out(`${renderRow(row, this.context)}\n`);
    }
    this.said = now;
  }
}
