/**
 * `node server.ts <journal> <requests>`: an engine over a journal on a file, for whoever traces its system calls. Each
 * promise that leaves it is one line, written by one call: a start that is answered, a worker that begins its effect, a
 * result that is answered.
 */
import { writeSync } from "node:fs";
import { Clew, parseWorkflow, worker } from "clew";
import { endOf, lineOf, type Promised, saidOn, startOf } from "./promise-line.ts";

const [journal = "", count = "0"] = process.argv.slice(2);
const requests = Number(count);

/** How many requests are in flight together: some alone, some gathered in one batch, some more than a batch holds. */
const waves = [1, 1, 2, 7, 40, 150, 299];

const promise = (promised: Promised, token: string): void => {
  writeSync(saidOn, lineOf(promised, token));
};

const workflow = parseWorkflow({
  object: { workflow: "answered", version: 1, steps: [{ step: "work" }], output: { $: "steps.work.output" } },
});
const clew = await Clew.open({
  journal: `file:${journal}`,
  socket: false,
  workers: [
    worker(
      "work",
      (input, { runId }) => {
        promise("worked", runId);
        return endOf(Number(input));
      },
      { room: 1000 },
    ),
  ],
});

async function serve(request: number): Promise<void> {
  const { id } = await clew.start(workflow, request, { id: startOf(request) });
  promise("started", id);
  const { output } = await clew.result<string>(id);
  promise("ended", output ?? "nothing");
}

for (let served = 0, wave = 0; served < requests; wave++) {
  const together = Math.min(waves[wave % waves.length] ?? 1, requests - served);
  await Promise.all(Array.from({ length: together }, (_, at) => serve(served + at)));
  served += together;
}
await clew.close();
