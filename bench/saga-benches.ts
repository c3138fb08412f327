/** Benches of the order saga beside `throughput`: each gives what it measured, after the journal was counted. */
import { costOf } from "./cost.ts";
import { BenchEngine } from "./engine.ts";
import { orderSaga, sagaOf } from "./order-saga.ts";
import { percentile } from "./spread.ts";

export interface Latency {
  readonly sagas: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One saga at a time. */
export async function latency({ sagas }: { readonly sagas: number }): Promise<Latency> {
  const engine = await BenchEngine.open(orderSaga, { room: 64 });
  await engine.sagas(1, () => engine.startedCount >= 200);
  const until = engine.startedCount + sagas;
  const times = await engine.sagas(1, () => engine.startedCount >= until);
  await engine.close(7);
  return { sagas: times.length, p50Ms: percentile(times, 50), p99Ms: percentile(times, 99) };
}

export interface Steps extends Latency {
  readonly steps: number;
  readonly inFlight: number;
  readonly sagasPerSecond: number;
}

/** Workflows of another length, so many at a time. */
export async function steps(given: {
  readonly steps: number;
  readonly inFlight: number;
  readonly seconds: number;
}): Promise<Steps> {
  const engine = await BenchEngine.open(sagaOf(given.steps), { room: Math.max(64, given.inFlight) });
  await engine.sagas(given.inFlight, () => engine.startedCount >= 1000);
  const until = performance.now() + given.seconds * 1000;
  const [times, cost] = await costOf(() => engine.sagas(given.inFlight, () => performance.now() >= until));
  await engine.close(given.steps + 1);
  return {
    steps: given.steps,
    inFlight: given.inFlight,
    sagas: times.length,
    sagasPerSecond: Math.round(times.length / cost.seconds),
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
  };
}

export interface Compensation extends Latency {
  readonly inFlight: number;
  readonly sagasPerSecond: number;
  readonly cpuSecondsPer1000: number;
}

/** `process_payment` refuses: two steps, then one is undone. */
export async function compensation(given: {
  readonly inFlight: number;
  readonly seconds: number;
}): Promise<Compensation> {
  const engine = await BenchEngine.open(orderSaga, { room: Math.max(64, given.inFlight), refusing: "process_payment" });
  await engine.sagas(given.inFlight, () => engine.startedCount >= 1000);
  const until = performance.now() + given.seconds * 1000;
  const [times, cost] = await costOf(() => engine.sagas(given.inFlight, () => performance.now() >= until));
  await engine.close();
  return {
    inFlight: given.inFlight,
    sagas: times.length,
    sagasPerSecond: Math.round(times.length / cost.seconds),
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    cpuSecondsPer1000: (cost.cpuSeconds / times.length) * 1000,
  };
}
