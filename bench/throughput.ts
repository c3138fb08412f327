/**
 * `throughput`: n order sagas in flight, as many as finish in the time given; every transition durable before the next
 * command is sent, outputs held against their contracts, one of a thousand refused.
 */
import { costOf } from "./cost.ts";
import { BenchEngine, noteBatches, type RecordedBatch } from "./engine.ts";
import { orderSaga } from "./order-saga.ts";
import { percentile } from "./spread.ts";

export interface Throughput {
  readonly inFlight: number;
  readonly sagas: number;
  readonly sagasPerSecond: number;
  readonly stepsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSecondsPer1000: number;
  readonly statusEvents: number;
  readonly journalBytesPerSaga: number;
  readonly peakMb: number;
  /** A sample of what was handed to the journal, for `floor`. */
  readonly batches: readonly RecordedBatch[];
}

const stepsOfSaga = 6;
export const transitionsOfSaga = stepsOfSaga + 1;
/** Sagas that warm the code up and are not counted. */
const warmUp = 2000;
const mostNoted = 100;

export async function throughput({
  inFlight,
  seconds,
}: {
  readonly inFlight: number;
  readonly seconds: number;
}): Promise<Throughput> {
  const engine = await BenchEngine.open(orderSaga, { room: Math.max(64, inFlight), misfitEach: 1000 });
  await engine.sagas(inFlight, () => engine.startedCount >= warmUp);
  engine.statusEvents = 0;
  const batches = noteBatches(mostNoted);
  const until = performance.now() + seconds * 1000;
  const [times, cost] = await costOf(() => engine.sagas(inFlight, () => performance.now() >= until));
  const { statusEvents } = engine;
  const total = engine.startedCount;
  const bytes = await engine.close(transitionsOfSaga);
  return {
    inFlight,
    sagas: times.length,
    sagasPerSecond: Math.round(times.length / cost.seconds),
    stepsPerSecond: Math.round((times.length * stepsOfSaga) / cost.seconds),
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    cpuSecondsPer1000: (cost.cpuSeconds / times.length) * 1000,
    statusEvents,
    journalBytesPerSaga: Math.round(bytes / total),
    peakMb: cost.peakMb,
    batches,
  };
}
