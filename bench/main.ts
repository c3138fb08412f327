/**
 * `npm run bench -- <name> [--json] [options]`: a contender beside its reference, in turn, several rounds; medians with
 * their spread. Each measurement is a process of its own. docs/BENCHMARKS.md says what the work stands for.
 */
import { cpus, release, type } from "node:os";
import { parseArgs } from "node:util";
import type { CaseName, Given, Measured } from "./case.ts";
import { type FloorTable, floorTables } from "./floor.ts";
import { measure } from "./measure.ts";
import { type ClewRun, compare, type Comparison, peersNamed, preparePeers } from "./peers/compare.ts";
import { CannotRun } from "./peers/installation.ts";
import { percentile, spreadOf } from "./spread.ts";
import { transitionsOfSaga } from "./throughput.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string" },
    "in-flight": { type: "string" },
    steps: { type: "string" },
    runs: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
  },
});

const rounds = Number(values.rounds);
const number = (given: string | undefined, otherwise: number): number =>
  given === undefined ? otherwise : Number(given);
const numbers = (given: string | undefined, otherwise: string): readonly number[] =>
  (given ?? otherwise).split(",").map(Number);

interface Row {
  readonly text: string;
  readonly facts: object;
}

interface Bench {
  readonly options: string;
  readonly conditions: string;
  readonly rows: () => AsyncGenerator<Row>;
}

const onDisk = "on a file, WAL, synchronous=FULL (read back when the journal opens)";

const benches: Readonly<Record<string, Bench>> = {
  throughput: { options: "[--seconds n] [--in-flight n,n]", conditions: `order sagas ${onDisk}`, rows: throughputs },
  floor: {
    options: "[--seconds n] [--in-flight n]",
    conditions: `order sagas and a bare writer of their batches, in turn, both ${onDisk}`,
    rows: floors,
  },
  latency: {
    options: "[--runs n]",
    conditions: `one order saga at a time, ${onDisk}, in turn with bare flushes of an append`,
    rows: latencies,
  },
  steps: {
    options: "[--steps n,n] [--in-flight n] [--seconds n]",
    conditions: `workflows of several lengths ${onDisk}`,
    rows: lengths,
  },
  history: {
    options: "[--steps n] [--runs n]",
    conditions: `runs of very many iterations or items side by side, ${onDisk}: an early tenth of their steps and the last`,
    rows: histories,
  },
  compensation: {
    options: "[--in-flight n] [--seconds n]",
    conditions: `order sagas whose payment is refused ${onDisk}`,
    rows: compensations,
  },
  recovery: {
    options: "[--runs n]",
    conditions: `an engine that was killed with open runs, ${onDisk}`,
    rows: recoveries,
  },
  backlog: {
    options: "[--runs n]",
    conditions: `open runs of one step behind a worker that is slow, then fast, ${onDisk}`,
    rows: backlogs,
  },
  parked: { options: "[--runs n]", conditions: `runs that wait for a signal, ${onDisk}`, rows: parkedRuns },
  herd: {
    options: "[--runs n]",
    conditions: `timers of parked runs that are due in the same second, ${onDisk}`,
    rows: herds,
  },
  idle: { options: "[--runs n] [--seconds n]", conditions: "an engine whose runs all stand blocked", rows: idles },
  wal: {
    options: "[--seconds n]",
    conditions: `a reader that stays, and a journal that is written as fast as it takes it, ${onDisk}`,
    rows: walsHeld,
  },
  retention: {
    options: "[--runs n] [--in-flight n] [--seconds n]",
    conditions: `order sagas over a journal of older runs, whose time is over or is not, in turn, ${onDisk}`,
    rows: retentions,
  },
  draw: { options: "[--steps n]", conditions: "pictures of one workflow, median of 20", rows: drawings },
  start: {
    options: "",
    conditions: "whole processes of the built package, in turn with a bare Node; medians",
    rows: starts,
  },
  weight: { options: "", conditions: "the built package and its dependencies on the disk", rows: weights },
  types: {
    options: "[--steps n]",
    conditions: "tsc --noEmit, whole processes, in turn with an empty program; medians",
    rows: compilations,
  },
  peers: {
    options: "[--only peer,peer] [--seconds n]",
    conditions: `order sagas on other engines, in turn with Clew ${onDisk}; what each peer's own server says of its durability stands beside it`,
    rows: peers,
  },
};

/** So many rounds of it, told as they go. */
async function measured<Name extends CaseName>(name: Name, given: Given<Name>, what = ""): Promise<Measured<Name>[]> {
  const all: Measured<Name>[] = [];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`${name}${what}: round ${round} of ${rounds} …\n`);
    all.push(await measure(name, given));
  }
  return all;
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const ranged = (all: readonly number[], show: (value: number) => string = whole) => {
  const { median, least, most } = spreadOf(all);
  return `${show(median)} (${show(least)} to ${show(most)})`;
};
const ms = (value: number) => `${value.toFixed(2)} ms`;
const seconds = (value: number) => `${value.toFixed(2)} s`;
const cpu = (value: number) => value.toFixed(3);
const hundredths = (value: number) => value.toFixed(2);

async function* throughputs(): AsyncGenerator<Row> {
  for (const inFlight of numbers(values["in-flight"], "16,256,1000,4000")) {
    const all = await measured(
      "throughput",
      { inFlight, seconds: number(values.seconds, 20) },
      `, ${inFlight} in flight`,
    );
    const rates = all.map(({ sagasPerSecond }) => sagasPerSecond);
    const text =
      `${String(inFlight).padStart(5)} in flight: ${ranged(rates)} sagas/s, p50 ${ranged(
        all.map(({ p50Ms }) => p50Ms),
        ms,
      )}, ` +
      `CPU s per 1,000: ${ranged(
        all.map((one) => one.cpuSecondsPer1000),
        cpu,
      )}, ` +
      `${all[0]?.journalBytesPerSaga} B a saga, peak ${ranged(all.map(({ peakMb }) => peakMb))} MB`;
    yield { text, facts: { inFlight, rounds: all.map(({ batches: _, ...facts }) => facts) } };
  }
}

async function* floors(): AsyncGenerator<Row> {
  const [inFlight = 1000] = numbers(values["in-flight"], "1000");
  const given = { inFlight, seconds: number(values.seconds, 10) };
  const ours: number[] = [];
  const bare = new Map<FloorTable, number[]>(floorTables.map((table) => [table, []]));
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`floor: round ${round} of ${rounds} …\n`);
    const { sagasPerSecond, batches } = await measure("throughput", given);
    ours.push(sagasPerSecond);
    for (const table of floorTables) {
      const one = await measure("floor", {
        table,
        batches,
        seconds: Math.max(2, given.seconds / 3),
        transitionsOfSaga,
      });
      bare.get(table)?.push(one.sagasPerSecond);
    }
  }
  const engine = percentile(ours, 50);
  yield { text: `engine, ${inFlight} in flight: ${ranged(ours)} sagas/s`, facts: { engine: ours } };
  const best = Math.max(...[...bare.values()].map((all) => percentile(all, 50)));
  for (const [table, all] of bare)
    yield { text: `bare writer, ${table}: ${ranged(all)} sagas/s`, facts: { table, rounds: all } };
  yield { text: `the engine is at ${(engine / best).toFixed(2)} of the floor`, facts: { ratio: engine / best } };
}

async function* latencies(): AsyncGenerator<Row> {
  const all: (Measured<"latency"> & { readonly flushMs: number })[] = [];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`latency: round ${round} of ${rounds} …\n`);
    const { p50Ms: flushMs } = await measure("flush", { flushes: 2000 });
    all.push({ ...(await measure("latency", { sagas: number(values.runs, 300) })), flushMs });
  }
  const inMs = (of: (one: (typeof all)[number]) => number) => ranged(all.map(of), ms);
  const text =
    `p50 ${inMs(({ p50Ms }) => p50Ms)}, p99 ${inMs(({ p99Ms }) => p99Ms)}; one flush ${inMs(({ flushMs }) => flushMs)}; ` +
    `p50 above ${transitionsOfSaga} flushes ${inMs(({ p50Ms, flushMs }) => p50Ms - transitionsOfSaga * flushMs)}`;
  yield { text, facts: { rounds: all } };
}

async function* lengths(): AsyncGenerator<Row> {
  for (const steps of numbers(values.steps, "1,3,9")) {
    const given = { steps, inFlight: number(values["in-flight"], 256), seconds: number(values.seconds, 10) };
    const all = await measured("steps", given, `, ${steps} steps`);
    const text =
      `${steps} steps: ${ranged(all.map(({ sagasPerSecond }) => sagasPerSecond))} sagas/s, ` +
      `p50 ${ranged(
        all.map(({ p50Ms }) => p50Ms),
        ms,
      )}, p99 ${ranged(
        all.map(({ p99Ms }) => p99Ms),
        ms,
      )}`;
    yield { text, facts: { steps, rounds: all } };
  }
}

async function* histories(): AsyncGenerator<Row> {
  for (const shape of ["loop", "forEach"] as const) {
    const steps = number(values.steps, shape === "loop" ? 16_667 : 10_000);
    const all = await measured("history", { shape, steps, runs: number(values.runs, 4) });
    const inMs = (of: (one: (typeof all)[number]) => number) => ranged(all.map(of), (value) => value.toFixed(4));
    const bytes = (of: (one: (typeof all)[number]) => number) => ranged(all.map(of), (value) => value.toFixed(0));
    const text =
      `${shape}: ${all[0]?.runs} runs of ${all[0]?.steps} steps, ${all[0]?.eventsOfRun} events each: an early step ` +
      `${inMs(({ firstMs }) => firstMs)} ms, a last one ${inMs(({ lastMs }) => lastMs)} ms, ` +
      `${inMs(({ firstMs, lastMs }) => lastMs / firstMs)} times; it leaves ${bytes(({ firstBytes }) => firstBytes)} and ` +
      `${bytes(({ lastBytes }) => lastBytes)} bytes of heap`;
    yield { text, facts: { rounds: all } };
  }
}

async function* parkedRuns(): AsyncGenerator<Row> {
  const one = await measure("parked", { runs: number(values.runs, 1_000_000) });
  const text =
    `${whole(one.runs)} runs: ${whole(one.startedPerSecond)} started/s, ${one.bytesOfRun.toFixed(0)} bytes of memory a run, ` +
    `a start again takes ${seconds(one.startSeconds)}, ${whole(one.woken)} woken in ${seconds(one.wakeSeconds)}, peak ${one.peakMb} MB`;
  yield { text, facts: one };
}

async function* herds(): AsyncGenerator<Row> {
  const one = await measure("herd", { runs: number(values.runs, 100_000) });
  const text =
    `${whole(one.runs)} timers due in one second: late p50 ${ms(one.lateP50Ms)}, p99 ${ms(one.lateP99Ms)}, ` +
    `at most ${ms(one.lateMostMs)}; peak ${one.peakMb} MB`;
  yield { text, facts: one };
}

async function* compensations(): AsyncGenerator<Row> {
  const all = await measured("compensation", {
    inFlight: number(values["in-flight"], 1000),
    seconds: number(values.seconds, 10),
  });
  const text =
    `${ranged(all.map(({ sagasPerSecond }) => sagasPerSecond))} sagas/s, p50 ${ranged(
      all.map(({ p50Ms }) => p50Ms),
      ms,
    )}, ` +
    `CPU s per 1,000: ${ranged(
      all.map((one) => one.cpuSecondsPer1000),
      cpu,
    )}`;
  yield { text, facts: { rounds: all } };
}

async function* recoveries(): AsyncGenerator<Row> {
  const all = await measured("recovery", { runs: number(values.runs, 100_000) });
  const text =
    `${whole(all[0]?.runs ?? 0)} open runs: the first moves after ${ranged(
      all.map((one) => one.firstMovesAfterSeconds),
      seconds,
    )}, ` +
    `the last has moved after ${ranged(
      all.map((one) => one.lastMovedAfterSeconds),
      seconds,
    )}, peak ${ranged(all.map(({ peakMb }) => peakMb))} MB`;
  yield { text, facts: { rounds: all } };
}

async function* backlogs(): AsyncGenerator<Row> {
  const one = await measure("backlog", { runs: number(values.runs, 1_000_000) });
  const text =
    `${whole(one.runs)} runs started at ${whole(one.startsPerSecond)}/s (${whole(one.refusedStarts)} refused at first), ` +
    `${whole(one.waiting)} waiting: ${whole(one.rssBytesPerRun)} B RSS a run, of it ${whole(one.heapBytesPerRun)} B heap; ` +
    `none of ${whole(one.waitedLongerThanTimeout)} that waited longer than their timeout (${seconds(one.timeoutMs / 1000)}) timed out, ` +
    `the longest wait ${seconds(one.longestWaitMs / 1000)}; then ${whole(one.runsPerSecondAfterwards)} runs/s, ` +
    `the loop held ${ms(one.loopHeldMs)} at most, peak ${whole(one.peakMb)} MB`;
  yield { text, facts: one };
}

async function* idles(): AsyncGenerator<Row> {
  const one = await measure("idle", { runs: number(values.runs, 1000), seconds: number(values.seconds, 60) });
  const text = `${one.parkedRuns} runs for ${one.seconds} s: ${cpu(one.cpuSeconds)} CPU s, ${one.journalCalls} calls to the journal, peak ${one.peakMb} MB`;
  yield { text, facts: one };
}

async function* walsHeld(): AsyncGenerator<Row> {
  const one = await measure("wal", { heldSeconds: number(values.seconds, 10) });
  const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const text =
    `starts refused after ${seconds(one.startsRefusedAfterSeconds)}, commits wait after ${seconds(one.commitsWaitAfterSeconds)}; ` +
    `held for ${one.heldSeconds} s more: peak ${mebibytes(one.peakBytes)} of ${mebibytes(one.boundBytes)}; ` +
    `goes on ${seconds(one.goesOnAfterSeconds)} after the reader's end, then ${mebibytes(one.bytesAfterwards)}; ${whole(one.recorded)} recorded`;
  yield { text, facts: one };
  for (const notice of one.notices) yield { text: `  ${notice}`, facts: { notice } };
}

async function* retentions(): AsyncGenerator<Row> {
  const given = {
    runs: number(values.runs, 100_000),
    inFlight: number(values["in-flight"], 1000),
    seconds: number(values.seconds, 10),
  };
  const [without, withIt]: [Measured<"retention">[], Measured<"retention">[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`retention: round ${round} of ${rounds} …\n`);
    without.push(await measure("retention", { ...given, isOver: false }));
    withIt.push(await measure("retention", { ...given, isOver: true }));
  }
  const rates = (all: readonly Measured<"retention">[]) => all.map(({ sagasPerSecond }) => sagasPerSecond);
  const ratio = percentile(rates(withIt), 50) / percentile(rates(without), 50);
  const deleted = ranged(withIt.map(({ deletedPerSecond }) => deletedPerSecond));
  yield { text: `nothing is due: ${ranged(rates(without))} sagas/s`, facts: { without } };
  yield {
    text: `always something is due: ${ranged(rates(withIt))} sagas/s, ${deleted} runs deleted/s`,
    facts: { withIt },
  };
  yield { text: `with retention at work it is at ${ratio.toFixed(2)} of without`, facts: { ratio } };
}

async function* drawings(): AsyncGenerator<Row> {
  for (const one of await measure("draw", { steps: number(values.steps, 1000) })) {
    yield { text: `${one.view} as ${one.format}, ${one.steps} steps: ${ms(one.medianMs)}`, facts: one };
  }
}

async function* starts(): AsyncGenerator<Row> {
  const one = await measure("start", { rounds: 10 });
  const text = `--version ${ms(one.versionMs)}, first result ${ms(one.firstResultMs)}, a Node that does nothing ${ms(one.bareNodeMs)}`;
  yield { text, facts: one };
}

async function* weights(): AsyncGenerator<Row> {
  const one = await measure("weight", undefined as never);
  const text = `${one.directDependencies} direct dependencies, ${one.withInstallScripts} with install scripts, ${one.installedMb} MB installed`;
  yield { text, facts: one };
}

async function* compilations(): AsyncGenerator<Row> {
  const one = await measure("types", { steps: number(values.steps, 300), rounds });
  yield {
    text: `${one.steps} steps: ${seconds(one.seconds)}, an empty program ${seconds(one.secondsOfNone)}`,
    facts: one,
  };
}

async function* peers(): AsyncGenerator<Row> {
  const only = peersNamed(values.only);
  for (const command of preparePeers(only)) yield { text: `installed by: ${command}`, facts: { command } };
  for await (const one of compare({ only, seconds: number(values.seconds, 10), rounds })) {
    yield { text: comparisonText(one), facts: one };
  }
}

function comparisonText({ title, settings, clew, ratios, goal }: Comparison): string {
  const rows = settings.map((runs, at) => {
    const flushes = runs.map(({ flushesPerSaga }) => flushesPerSaga);
    return `  ${at === 0 ? "best, " : ""}${runs[0]?.setting}: ${runsText(runs)}, ${ranged(flushes, hundredths)} flushes a saga`;
  });
  const [best] = settings[0] ?? [];
  const durability = Object.entries(best?.durability ?? {}).map(([key, value]) => `${key}=${value}`);
  return `${[
    title,
    ...rows,
    `  durable: ${durability.join(", ")}`,
    ...(best?.commands ?? []).map((command) => `  ran: ${command}`),
    `  Clew: ${runsText(clew)}`,
    `  Clew by the best: ${ranged(ratios, hundredths)} (goal ${goal}, done from ${goal / 2})`,
  ].join("\n")}\n`;
}

function runsText(runs: readonly ClewRun[]): string {
  const of = (key: keyof ClewRun) => runs.map((one) => one[key]);
  return (
    `${ranged(of("sagasPerSecond"))} sagas/s, p50 alone ${ranged(of("p50AloneMs"), ms)}, ` +
    `CPU s per 1,000: ${ranged(of("cpuSecondsPer1000"), cpu)}, peak ${ranged(of("peakMb"))} MB`
  );
}

const [name = ""] = positionals;
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (!bench) {
  const usages = Object.entries(benches).map(([each, { options }]) => `  npm run bench -- ${each} ${options}\n`);
  process.stderr.write(`usage, each with [--json] [--rounds n]:\n${usages.join("")}`);
  process.exit(2);
}

const machine = `Node ${process.version}, ${cpus().length} cores, ${type()} ${release()}`;
const conditions = `${bench.conditions}; ${machine}; rounds: ${rounds}`;
if (!values.json) process.stdout.write(`${conditions}\n\n`);
const facts: object[] = [];
try {
  for await (const row of bench.rows()) {
    facts.push(row.facts);
    if (!values.json) process.stdout.write(`${row.text}\n`);
  }
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
if (values.json) process.stdout.write(`${JSON.stringify({ bench: name, conditions, facts })}\n`);
