/** Benches of what is not throughput: an engine at rest, pictures, the start of a process, what a package weighs. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Clew, parseWorkflow, worker, WorkFailed } from "clew";
import { type PictureFormat, pictureFormats } from "../src/diagram/formats.ts";
import { viewNames, views } from "../src/diagram/views.ts";
import { ThreadLink } from "../src/journal/sqlite/thread-link.ts";
import { costOf } from "./cost.ts";
import { percentile } from "./spread.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function requireBuild(): void {
  if (!existsSync(join(root, "dist/src/clew.js"))) throw new Error("nothing is built: run `npm run build` first");
}

export interface Idle {
  readonly parkedRuns: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Calls to the journal's thread in that time. */
  readonly journalCalls: number;
  readonly peakMb: number;
}

/** Runs that stand blocked, which nothing but a person can move. */
export async function idle({ runs, seconds }: { readonly runs: number; readonly seconds: number }): Promise<Idle> {
  const folder = mkdtempSync(join(tmpdir(), "clew-idle-"));
  const refuse = () => {
    throw new WorkFailed({ code: "no", title: "no", retryable: false });
  };
  const steps = [{ step: "a", compensation: { worker: "u", retry: { attempts: 1 } } }, { step: "b" }];
  const workflow = parseWorkflow({ object: { workflow: "stands", version: 1, steps } });
  const workers = [worker("a", () => null), worker("b", refuse), worker("u", refuse)];
  const clew = await Clew.open({ journal: join(folder, "journal.db"), workers, socket: false });
  try {
    const started = await Promise.all(Array.from({ length: runs }, () => clew.start(workflow, null)));
    await Promise.all(started.map((run) => clew.result(run)));
    let journalCalls = 0;
    // oxlint-disable-next-line typescript/unbound-method -- it is called with the link's own `this`
    const call = ThreadLink.prototype.call;
    ThreadLink.prototype.call = function (this: ThreadLink, ...given: Parameters<typeof call>) {
      journalCalls++;
      return call.apply(this, given);
    } as typeof call;
    const [, cost] = await costOf(() => new Promise((rested) => setTimeout(rested, seconds * 1000)));
    ThreadLink.prototype.call = call;
    return { parkedRuns: runs, seconds, cpuSeconds: cost.cpuSeconds, journalCalls, peakMb: cost.peakMb };
  } finally {
    await clew.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Draw {
  readonly view: string;
  readonly format: PictureFormat;
  readonly steps: number;
  readonly medianMs: number;
}

export async function draw({ steps }: { readonly steps: number }): Promise<readonly Draw[]> {
  const plans = Array.from({ length: steps }, (_, at) => ({ step: `step_${at}`, compensation: `undo_${at}` }));
  const workflow = parseWorkflow({ object: { workflow: "large", version: 1, steps: plans } });
  return viewNames.flatMap((view) =>
    pictureFormats.map((format) => {
      const times = Array.from({ length: 20 }, () => {
        const startedAt = performance.now();
        views[view].drawings[format](workflow);
        return performance.now() - startedAt;
      });
      return { view, format, steps, medianMs: percentile(times, 50) };
    }),
  );
}

export interface Start {
  readonly versionMs: number;
  readonly firstResultMs: number;
  readonly bareNodeMs: number;
}

/** Whole processes of the built package (`npm run build` first), in turn with a Node that does nothing. */
export async function start({ rounds }: { readonly rounds: number }): Promise<Start> {
  requireBuild();
  const folder = mkdtempSync(join(tmpdir(), "clew-start-"));
  const built = pathToFileURL(join(root, "dist/src/clew.js")).href;
  const program = join(folder, "program.mjs");
  writeFileSync(
    program,
    `import { Clew, parseWorkflow, worker } from ${JSON.stringify(built)};
const workflow = parseWorkflow({ object: { workflow: "w", version: 1, steps: [{ step: "a" }] } });
const clew = await Clew.open({ journal: ${JSON.stringify(folder)} + "/" + process.argv[2] + ".db", workers: [worker("a", () => 1)] });
const { status } = await clew.result(await clew.start(workflow, null));
process.stdout.write(status, () => process.exit(0));
`,
  );
  try {
    const time = (args: readonly string[], expected: RegExp) => {
      const startedAt = performance.now();
      const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
      const ms = performance.now() - startedAt;
      if (!expected.test(stdout)) throw new Error(`${args.join(" ")} printed ${stdout}`);
      return ms;
    };
    const rows = Array.from({ length: rounds }, (_, at) => ({
      bare: time(["-e", ""], /^$/),
      version: time([join(root, "bin/clew.cjs"), "--version"], /^clew \d/),
      first: time([program, String(at)], /^completed$/),
    }));
    return {
      bareNodeMs: percentile(
        rows.map(({ bare }) => bare),
        50,
      ),
      versionMs: percentile(
        rows.map(({ version }) => version),
        50,
      ),
      firstResultMs: percentile(
        rows.map(({ first }) => first),
        50,
      ),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Weight {
  readonly directDependencies: number;
  readonly withInstallScripts: number;
  readonly installedMb: number;
}

/** What an installation puts on the disk: the built package (`npm run build` first), and what it depends on. */
export async function weight(): Promise<Weight> {
  requireBuild();
  const dependencies = Object.keys(manifestOf(root).dependencies ?? {});
  const folders = dependencies.map((name) => join(root, "node_modules", name));
  const scripts = folders.filter((folder) => {
    const { scripts: own = {} } = manifestOf(folder);
    return ["preinstall", "install", "postinstall"].some((name) => Object.hasOwn(own, name));
  });
  const bytes = [join(root, "dist"), join(root, "docs"), ...folders].reduce((sum, folder) => sum + bytesOf(folder), 0);
  return {
    directDependencies: dependencies.length,
    withInstallScripts: scripts.length,
    installedMb: Math.round(bytes / 1e5) / 10,
  };
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
