/** A batch on its way to the thread: in one part, or in several where one flush of it could overrun the WAL's bound. */
import type { Recording } from "../journal.ts";
import { type Batch, batchOf } from "./batch.ts";
import { walBytesAtMost } from "./wal-marks.ts";

export function batchesOf(
  recordings: readonly Recording[],
  known: ReadonlySet<string>,
  flushUpToBytes: number,
): readonly Batch[] {
  const whole = batchOf(recordings, known);
  if (recordings.length <= 1 || walBytesAtMost(whole) <= flushUpToBytes) return [whole];
  const middle = recordings.length >> 1;
  const halves = [recordings.slice(0, middle), recordings.slice(middle)];
  return halves.flatMap((half) => batchesOf(half, known, flushUpToBytes));
}
