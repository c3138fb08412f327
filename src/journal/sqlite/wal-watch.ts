/**
 * What the engine's side knows of the WAL: why starts are refused, and what is told to people. While the WAL is too
 * long the thread is asked again and again whether it can be emptied; at rest nothing ticks.
 */
import { ClewError } from "../../base/errors.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import type { WalReader } from "./wal-readers.ts";
import type { WalStanding } from "./wal.ts";

export interface WalWatchOptions {
  readonly clock: Clock;
  /** Asks the thread to empty the WAL if it can. */
  readonly tryToEmpty: () => Promise<void>;
  /** One sentence or two for people. */
  readonly notice: (text: string) => void;
}

/** How soon it is noticed that a reader has gone. */
const retryMs = 250;

export class WalWatch {
  private readonly options: WalWatchOptions;
  private standing: WalStanding | undefined;
  private timer: Timer | undefined;

  constructor(options: WalWatchOptions) {
    this.options = options;
  }

  hear(standing: WalStanding): void {
    const wasHeld = this.standing !== undefined;
    this.standing = standing.stage === "free" ? undefined : standing;
    if (this.standing) this.options.notice(`${grownBy(standing)}. ${whatFollows[standing.stage]} ${mend}`);
    else if (wasHeld) this.options.notice("The journal's WAL could be emptied: starts and commits go on.");
    if (this.standing && !wasHeld) this.tryLater();
  }

  startRefusal(): ClewError | undefined {
    const { standing } = this;
    if (!standing) return undefined;
    const { walBytes, readers } = standing;
    return new ClewError("overloaded", `cannot start a run: ${lowered(grownBy(standing))}`, {
      mend: `${mend} Nothing was stored.`,
      details: { walBytes, readers },
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.standing = undefined;
  }

  private tryLater(): void {
    const { clock, tryToEmpty } = this.options;
    this.timer = clock.at(clock.now() + retryMs, () => {
      // Where the journal fails, its next commit says so.
      const again = () => {
        if (this.standing) this.tryLater();
      };
      tryToEmpty().then(again, () => {});
    });
  }
}

const mend = "End that read: everything goes on by itself then.";

const whatFollows: Readonly<Record<WalStanding["stage"], string>> = {
  free: "",
  "starts refused": "No run is started.",
  "commits wait": "It is at its bound: commits wait.",
};

function grownBy({ walBytes, readers }: WalStanding): string {
  const mebibytes = (walBytes / 1024 / 1024).toFixed(1);
  return `The journal's WAL has grown to ${mebibytes} MiB and cannot be emptied: ${whoReads(readers)}`;
}

function whoReads(readers: readonly WalReader[]): string {
  if (readers.length === 0) return "a process that this system does not name reads an old state of the journal";
  const named = readers.map(({ pid, command }) => {
    const whose = pid === process.pid ? "this process" : "process";
    return command === undefined ? `${whose} ${pid}` : `${whose} ${pid} (${command})`;
  });
  const read = readers.length === 1 ? "reads an old state" : "read old states";
  return `${named.join(", ")} ${read} of the journal`;
}

const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
