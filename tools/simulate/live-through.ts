/**
 * A process that lives through a range of seeds, and says a line of JSON for every few of them: what `main.ts` adds up. It
 * stops at the first violation where it is told to.
 */
import { parseArgs } from "node:util";
import { addUp, emptyTally } from "./tally.ts";
import { World } from "../../src/testing/simulator/world.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "100" },
    "stop-at-first": { type: "boolean", default: false },
  },
});

const seedsInALine = 25;
const from = Number(values.from);
const until = from + Number(values.seeds);

for (let seed = from; seed < until;) {
  let tally = emptyTally();
  for (const end = Math.min(seed + seedsInALine, until); seed < end; seed++) {
    tally = addUp(tally, await new World({ seed }).live());
    if (tally.failures.length > 0 && values["stop-at-first"]) seed = until;
  }
  process.stdout.write(`${JSON.stringify(tally)}\n`);
}
