/**
 * `history`: whether the last step of a long run costs what the first did. As many runs side by side as keep the engine
 * busy, each of a thousand steps, the most that a sequence may have; they move in step with one another.
 */
import { worker } from "clew";
import { BenchEngine } from "./engine.ts";
import { sagaOf } from "./order-saga.ts";

export interface History {
  readonly runs: number;
  readonly steps: number;
  readonly eventsOfRun: number;
  /** Milliseconds of the engine's time for one step of one run, over the first tenth of the steps and over the last. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export async function history(given: { readonly steps: number; readonly runs: number }): Promise<History> {
  const { steps, runs } = given;
  const workflow = sagaOf(steps);
  const tenth = Math.floor(steps / 10);
  const reached = new Map<number, number>();
  const workers = workflow.steps.map(({ worker: type }, place) =>
    worker(
      type,
      async (input) => {
        reached.set(place, performance.now());
        return { step: type, orderId: (input as { orderId: string }).orderId, ok: true, ref: "r", amount: 1, at: 1 };
      },
      { room: runs },
    ),
  );
  const engine = await BenchEngine.open(workflow, { workers });
  let begun = 0;
  await engine.sagas(runs, () => begun++ >= runs);
  await engine.close(steps + 1);
  const at = (place: number) => reached.get(place) ?? Number.NaN;
  const each = (from: number, to: number) => (at(to) - at(from)) / (to - from) / runs;
  return {
    runs,
    steps,
    eventsOfRun: 2 * steps + 2,
    firstMs: each(0, tenth),
    lastMs: each(steps - 1 - tenth, steps - 1),
  };
}
