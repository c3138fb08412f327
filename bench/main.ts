/** `npm run bench -- <name> [options]`: each bench with its options, and one way to print. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { throughput } from "./throughput.ts";
import { types } from "./types.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "20" },
    "in-flight": { type: "string", default: "16,256,1000,4000" },
    steps: { type: "string", default: "300" },
    rounds: { type: "string", default: "5" },
  },
});

interface Bench {
  readonly usage: string;
  readonly conditions: string;
  readonly run: () => Promise<readonly Row[]>;
}

interface Row {
  readonly text: string;
  readonly facts: object;
}

const benches: Readonly<Record<string, Bench>> = {
  throughput: {
    usage: "[--seconds n] [--in-flight n,n]",
    conditions: "order sagas on a file, WAL, synchronous=FULL (read back when the journal opens)",
    run: throughputs,
  },
  types: {
    usage: "[--steps n] [--rounds n]",
    conditions: "tsc --noEmit, whole processes, in turn with an empty program; median",
    run: compilations,
  },
};

async function throughputs(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const inFlight of values["in-flight"].split(",").map(Number)) {
    process.stderr.write(`throughput: ${inFlight} in flight, ${values.seconds} s …\n`);
    const row = await throughput(inFlight, Number(values.seconds));
    const text =
      `${String(row.inFlight).padStart(5)} in flight: ${row.sagasPerSecond} sagas/s, ${row.stepsPerSecond} steps/s, ` +
      `${row.cpuSecondsPer1000.toFixed(3)} CPU s per 1,000, ${row.journalBytesPerSaga} B a saga, peak ${row.peakMb} MB`;
    rows.push({ text, facts: row });
  }
  return rows;
}

async function compilations(): Promise<readonly Row[]> {
  process.stderr.write(`types: ${values.steps} steps, ${values.rounds} rounds …\n`);
  const row = types(Number(values.steps), Number(values.rounds));
  const text = `${row.steps} steps: ${row.seconds.toFixed(2)} s, an empty program ${row.secondsOfNone.toFixed(2)} s`;
  return [{ text, facts: row }];
}

const [name = ""] = positionals;
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (!bench) {
  const usages = Object.entries(benches).map(([each, { usage }]) => `  npm run bench -- ${each} [--json] ${usage}\n`);
  process.stderr.write(`usage:\n${usages.join("")}`);
  process.exit(2);
}

const rows = await bench.run();
if (values.json) {
  const facts = rows.map((row) => row.facts);
  process.stdout.write(`${JSON.stringify({ bench: name, node: process.version, cpus: cpus().length, rows: facts })}\n`);
} else {
  process.stdout.write(`${bench.conditions}; Node ${process.version}, ${cpus().length} cores\n\n`);
  for (const { text } of rows) process.stdout.write(`${text}\n`);
}
