/**
 * Judges a trace: no promise leaves before a flush has returned that began after the transition which it rests on, and the
 * end of that transition's transaction, had been written into the WAL.
 *
 * What a frame of the WAL means is decided by SQLite's file format: a header of 24 bytes, then a page; where the second
 * number of the header is not 0, the transaction ends with this frame, and before that frame it does not exist.
 */
import { type Promised, promiseIn, promises, tokensIn } from "./promise-line.ts";
import { bytesOf, type Moment, type SystemCall } from "./strace-lines.ts";

export interface Verdict {
  readonly violations: readonly string[];
  /** How many different promises of each kind left. */
  readonly left: Readonly<Record<Promised, number>>;
  /** How many runs' starts each flush made durable, of those that made any. */
  readonly startsOfFlushes: readonly number[];
}

const frameHeaderBytes = 24;
const flushes = new Set(["fsync", "fdatasync"]);

export function judge(moments: Iterable<Moment>, walFile: string): Verdict {
  const wal = new Wal();
  const left = new Map<Promised, Set<string>>(promises.map((promised) => [promised, new Set()]));
  const violations: string[] = [];
  for (const moment of moments) {
    const { call } = moment;
    if (call.file === walFile) wal.take(moment);
    const promise = call.name === "write" && moment.is === "begun" ? promiseIn(call.text ?? "") : undefined;
    if (!promise) continue;
    left.get(promise.promised)?.add(promise.token);
    const standing = wal.standingOf(promise.token);
    if (standing !== "durable") violations.push(`${promise.promised} ${promise.token} left, and was ${standing}`);
  }
  const count = (promised: Promised) => left.get(promised)?.size ?? 0;
  return {
    violations,
    left: { started: count("started"), worked: count("worked"), ended: count("ended") },
    startsOfFlushes: wal.startsOfFlushes,
  };
}

type Standing = "durable" | "committed and not flushed" | "written and not committed" | "not written" | "lost";

class Wal {
  readonly startsOfFlushes: number[] = [];
  private readonly standing = new Map<string, Standing>();
  private readonly inTransaction: string[] = [];
  private unflushed: string[] = [];
  private endsTransaction = false;
  /** Flushes that have begun, each with what was committed by then: all that it covers. */
  private readonly flushing = new Map<SystemCall, readonly string[]>();

  standingOf(token: string): Standing {
    return this.standing.get(token) ?? "not written";
  }

  take(moment: Moment): void {
    const { call } = moment;
    if (flushes.has(call.name)) {
      if (moment.is === "begun") this.flushing.set(call, this.unflushed);
      else this.flushed(call, moment.result === 0);
    } else if (moment.is === "returned") {
      this.wrote(call, moment.result);
    }
  }

  private wrote({ name, text }: SystemCall, bytes: number): void {
    if (name !== "pwrite64" || text === undefined) throw new Error(`nobody knows what ${name} writes into a WAL`);
    if (bytes < 0) return;
    if (bytes === frameHeaderBytes) {
      this.endsTransaction = bytesOf(text).readUInt32BE(4) !== 0;
      return;
    }
    for (const token of tokensIn(text)) if (!this.standing.has(token)) this.enter(token);
    if (!this.endsTransaction) return;
    this.endsTransaction = false;
    // A new array: what a flush covers that has begun already stays as it is.
    this.unflushed = [...this.unflushed, ...this.inTransaction.splice(0)];
    this.mark(this.unflushed, "committed and not flushed");
  }

  private enter(token: string): void {
    this.standing.set(token, "written and not committed");
    this.inTransaction.push(token);
  }

  /** After a flush that failed nobody knows what the disk holds: a later one that succeeds covers none of it. */
  private flushed(call: SystemCall, succeeded: boolean): void {
    const covered = succeeded ? (this.flushing.get(call) ?? []) : [...this.unflushed, ...this.inTransaction.splice(0)];
    this.flushing.delete(call);
    this.mark(covered, succeeded ? "durable" : "lost");
    const settled = new Set(covered);
    this.unflushed = this.unflushed.filter((token) => !settled.has(token));
    const starts = covered.filter((token) => token.startsWith("start")).length;
    if (succeeded && starts > 0) this.startsOfFlushes.push(starts);
  }

  private mark(tokens: readonly string[], standing: Standing): void {
    for (const token of tokens) if (this.standing.get(token) !== "lost") this.standing.set(token, standing);
  }
}
