/**
 * `npm run simulate -- --seeds n --from s | --planted [--quick | --only name] | --seed s [--trace] [--only name]`
 *
 * Many worlds on all cores; or every planted bug, until it is caught; or one world, with a planted bug where one is named,
 * and what happened in it: shrunk where something is violated. `--quick` leaves out the rare bugs.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawTrace } from "../../src/testing/simulator/draw-trace.ts";
import { shrink } from "../../src/testing/simulator/shrink.ts";
import { World } from "../../src/testing/simulator/world.ts";
import { type PlantedBug, plantedBugs, rareBugs } from "./planted-bug.ts";
import { emptyTally, join, type Tally, weaknesses } from "./tally.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    planted: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

interface Range {
  readonly from: number;
  readonly seeds: number;
  readonly stopAtFirst?: boolean;
  readonly bug?: PlantedBug;
}

/** Lives through a range in a process of its own. Throws where the process does. */
async function liveThrough(
  { from, seeds, stopAtFirst = false, bug }: Range,
  hear: (tally: Tally) => void,
): Promise<void> {
  const options = ["--conditions=clew-source", "--disable-warning=ExperimentalWarning"];
  const planting = bug ? ["--import", here("plant.ts")] : [];
  const range = ["--from", String(from), "--seeds", String(seeds), ...(stopAtFirst ? ["--stop-at-first"] : [])];
  const child = spawn(process.execPath, [...options, ...planting, here("live-through.ts"), ...range], {
    env: { ...process.env, ...(bug ? { CLEW_PLANTED_BUG: bug.file } : {}) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  for await (const line of createInterface({ input: child.stdout })) hear(JSON.parse(line) as Tally);
  const code = await ended;
  // An engine that a bug makes throw where nobody listens has been caught as well; one that is not planted has not.
  if (code !== 0) throw new Error(said.trim().slice(-2000) || `a process of the simulation ended with ${code}`);
}

async function simulateMany(): Promise<number> {
  const [from, seeds] = [Number(values.from), Number(values.seeds)];
  const processes = Math.min(availableParallelism(), seeds);
  const startedAt = performance.now();
  let tally = emptyTally();
  const hear = (part: Tally) => {
    tally = join(tally, part);
    if (process.stderr.isTTY)
      process.stderr.write(`\r${tally.seeds} of ${seeds} worlds, ${tally.failures.length} violations `);
  };
  await Promise.all(
    Array.from({ length: processes }, (_, at) => {
      const [first, last] = [Math.floor((seeds * at) / processes), Math.floor((seeds * (at + 1)) / processes)];
      return liveThrough({ from: from + first, seeds: last - first }, hear);
    }),
  );
  if (process.stderr.isTTY) process.stderr.write("\n");
  const seconds = (performance.now() - startedAt) / 1000;
  const weak = weaknesses(tally);
  process.stdout.write(values.json ? `${JSON.stringify({ ...tally, seconds, weak })}\n` : report(tally, seconds, weak));
  const [failure] = tally.failures.toSorted((a, b) => a.seed - b.seed);
  if (failure && !values.json) await explain(failure.seed);
  return tally.failures.length > 0 || weak.length > 0 ? 1 : 0;
}

function report(tally: Tally, seconds: number, weak: readonly string[]): string {
  const number = (value: number) => Math.round(value).toLocaleString("en");
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => `  ${name.padEnd(24)}${number(count).padStart(10)}\n`);
  return [
    `${number(tally.seeds)} worlds in ${seconds.toFixed(1)} s: ${number(tally.seeds / seconds)} a second\n`,
    `simulated: ${number(tally.simulatedMs / 3_600_000)} hours, ${number(tally.steps)} steps, ${number(tally.runs)} runs at rest\n`,
    `operations: ${number(tally.asked)} asked for, ${number(tally.answered)} succeeded\n`,
    "runs by status:\n",
    ...rows(tally.statuses),
    "rare, and refused with:\n",
    ...rows(tally.rarities),
    "faults that changed something:\n",
    ...rows(tally.faults),
    ...weak.map((weakness) => `too weak to prove anything: ${weakness}\n`),
    `${tally.failures.length} violations\n`,
    ...tally.failures.slice(0, 10).map(({ seed, violations }) => `  seed ${seed}: ${violations[0]}\n`),
  ].join("");
}

async function explain(seed: number): Promise<void> {
  const { outcome, leftOut, withoutRuns, tries } = await shrink(seed);
  process.stdout.write(
    `\nseed ${seed}, without ${withoutRuns.size} runs and ${leftOut.size} faults that it does not need (${tries} worlds):\n\n` +
      `${drawTrace(outcome)}\nrepeat it: npm run simulate -- --seed ${seed}${values.only === undefined ? "" : ` --only ${values.only}`}\n`,
  );
}

async function simulateOne(seed: number): Promise<number> {
  if (values.only !== undefined && process.env["CLEW_PLANTED_BUG"] === undefined)
    return againWith(bugNamed(values.only));
  const outcome = await new World({ seed, isTraced: true }).live();
  if (outcome.violations.length > 0 && !values.trace) await explain(seed);
  else process.stdout.write(drawTrace(outcome));
  process.stdout.write(`fingerprint ${outcome.fingerprint}, ${outcome.violations.length} violations\n`);
  return outcome.violations.length > 0 ? 1 : 0;
}

/** A bug is planted before the modules are loaded: in a process of its own. */
async function againWith(bug: PlantedBug): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, "--import", here("plant.ts"), ...process.argv.slice(1)], {
    env: { ...process.env, CLEW_PLANTED_BUG: bug.file },
    stdio: "inherit",
  });
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

const allBugs = (): readonly PlantedBug[] => [...plantedBugs(), ...rareBugs()];

function bugNamed(name: string): PlantedBug {
  const bug = allBugs().find((planted) => planted.name === name);
  if (!bug) throw new Error(`there is no planted bug ${name}`);
  return bug;
}

/** More than any bug has needed. */
const mostSeedsForABug = 10_000;

interface Caught {
  readonly name: string;
  readonly by: string | undefined;
  /** How many seeds it took, from the first on. */
  readonly seeds: number;
}

async function catchBug(bug: PlantedBug): Promise<Caught> {
  let tally = emptyTally();
  try {
    await liveThrough(
      { from: 1, seeds: mostSeedsForABug, stopAtFirst: true, bug },
      (part) => (tally = join(tally, part)),
    );
  } catch (error) {
    // What breaks the engine breaks it in the module that it was planted in, or because of it: never before a world begins.
    const { message } = error as Error;
    const [why = ""] = message.split("\n").filter((line) => /Error|violat/.test(line));
    if (tally.seeds === 0 && !message.includes("src/")) throw error;
    if (/planted bug|ENOENT/.test(message)) throw error;
    return { name: bug.name, by: `the engine broke: ${why.trim()}`, seeds: tally.seeds + 1 };
  }
  const [failure] = tally.failures;
  return { name: bug.name, by: failure?.violations[0], seeds: failure ? failure.seed : tally.seeds };
}

function bugsToCatch(): readonly PlantedBug[] {
  if (values.only !== undefined) return [bugNamed(values.only)];
  return values.quick ? plantedBugs() : allBugs();
}

async function catchAll(): Promise<number> {
  const bugs = bugsToCatch();
  const waiting = [...bugs];
  const caught: Caught[] = [];
  const lane = async () => {
    for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
      const one = await catchBug(bug);
      caught.push(one);
      process.stderr.write(
        `${one.by === undefined ? "NOT CAUGHT" : "caught"}  ${one.name} (${one.seeds} seeds) ${one.by ?? ""}\n`,
      );
    }
  };
  const control = liveThrough({ from: 1, seeds: 500 }, ({ failures }) => {
    if (failures.length > 0) throw new Error(`the control without a bug fails: seed ${failures[0]?.seed}`);
  });
  await Promise.all([control, ...Array.from({ length: availableParallelism() }, lane)]);
  const missed = caught.filter(({ by }) => by === undefined);
  const seeds = caught
    .filter(({ by }) => by !== undefined)
    .map((one) => one.seeds)
    .toSorted((a, b) => a - b);
  const median = seeds[Math.floor(seeds.length / 2)] ?? 0;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ caught })}\n`
      : `${caught.length - missed.length} of ${caught.length} planted bugs are caught; median ${median} seeds, most ${seeds.at(-1) ?? 0}; the control passes\n`,
  );
  return missed.length > 0 ? 1 : 0;
}

const one = values.seed === undefined ? undefined : Number(values.seed);
process.exitCode =
  one !== undefined ? await simulateOne(one) : values.planted ? await catchAll() : await simulateMany();
