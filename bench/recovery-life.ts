/** One life of the engine of `recovery`: it starts runs that nobody works on, or takes them up and says how many moved. */
import { Clew, type Worker } from "clew";
import { makeOrder } from "./order.ts";
import { orderSaga, trivialWorkers } from "./order-saga.ts";
import type { Said } from "./recovery.ts";

const [role, file = "", count = "0"] = process.argv.slice(2);
const runs = Number(count);
const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`);

if (role === "start") {
  const clew = await Clew.open({ journal: file, workers: [], socket: false });
  const page = 2000;
  for (let from = 0; from < runs; from += page) {
    const starts = Array.from({ length: Math.min(page, runs - from) }, (_, at) =>
      clew.start(orderSaga, makeOrder(from + at)),
    );
    await Promise.all(starts);
  }
  say({ is: "started", runs });
} else {
  const moved = new Set<string>();
  const noting =
    (handler: Worker["handler"]): Worker["handler"] =>
    (input, context) => {
      moved.add(context.runId);
      if (moved.size === 1 || moved.size === runs) {
        say({ is: "moved", runs: moved.size, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) });
      }
      return handler(input, context);
    };
  const workers = trivialWorkers(orderSaga, { room: 1000 });
  await Clew.open({
    journal: file,
    workers: workers.map((worker) => ({ ...worker, handler: noting(worker.handler) })),
    socket: false,
  });
}
