/**
 * `clew demo`: a thousand orders through the reference workflow on an embedded journal. The engine runs in a process
 * of its own, which is killed once in the middle and started again; what it left is finished, shown and proven.
 *
 * Its data lie in `.clew/demo`: an unfinished demo goes on, a finished one begins anew.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseWorkflow, openReader } from "../clew.ts";
import { ClewError } from "../base/errors.ts";
import { forPeople } from "../base/duration.ts";
import { views } from "../diagram/views.ts";
import { type Access, perform } from "../operations/operation.ts";
import type { RunView } from "../operations/run-view.ts";
import { runEvents, showRun } from "../operations/runs.ts";
import type { Command, CommandContext } from "./command.ts";
import { worded } from "./look.ts";
import { renderEvents, renderRun } from "./show-run.ts";
import { renderTable } from "./table.ts";

const folder = join(".clew", "demo");
const files = {
  journal: join(folder, "journal.db"),
  shop: join(folder, "shop.db"),
  progress: join(folder, "progress.json"),
} as const;

/** The example lies beside the sources, in the checkout as in the package. */
const example = (file: string) => fileURLToPath(new URL(`../../examples/order-processing/${file}`, import.meta.url));

/** The engine is killed when so many orders have ended: late enough to have done much, early enough to have much open. */
const killAfter = 350;
/** The file's timeouts are for real services; the late answers of the demo would take minutes under them. */
const timeout = "400ms";

interface Progress {
  killed: boolean;
  finished: boolean;
}

interface Finished {
  readonly id: string;
  readonly status: string;
}

export const demo: Command = {
  name: "demo",
  summary: "A thousand orders on an embedded journal, an engine that is killed, and a proof that nothing leaked.",
  usage: "clew demo",
  options: {},
  async run(context) {
    const startedAt = performance.now();
    const progress = prepare(context);
    const workflow = parseWorkflow({
      text: readFileSync(example("order-processing.yaml"), "utf8"),
      file: "order-processing.yaml",
    });
    context.out(`${views.workflow.drawings.text(workflow)}\n`);
    const finished = await workOrders(context, progress);
    await showTwo(context, finished);
    const asExpected = await tellWhatHappened(context, finished);
    const balanced = await prove(context);
    writeProgress({ killed: true, finished: true });
    context.out(`\nThe demo took ${forPeople(performance.now() - startedAt)}. Its data lie in ${folder}.\n`);
    return asExpected && balanced ? 0 : 1;
  },
};

function prepare(context: CommandContext): Progress {
  const before = readProgress();
  if (before?.finished) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (before && !before.finished) context.note("An unfinished demo was found; it goes on where it was.\n");
  const progress = before && !before.finished ? before : { killed: false, finished: false };
  writeProgress(progress);
  return progress;
}

function readProgress(): Progress | undefined {
  if (!existsSync(files.progress)) return undefined;
  try {
    return JSON.parse(readFileSync(files.progress, "utf8")) as Progress;
  } catch {
    return undefined;
  }
}

function writeProgress(progress: Progress): void {
  writeFileSync(files.progress, JSON.stringify(progress), { mode: 0o600 });
}

/** Runs the engine until every order has ended; kills it once on the way. Gives how each order ended. */
async function workOrders(context: CommandContext, progress: Progress): Promise<ReadonlyMap<string, string>> {
  if (!progress.killed) {
    const engine = startEngine();
    context.note(`The engine works 1,000 orders in process ${engine.pid} …\n`);
    const killed = await untilOrKilled(engine, killAfter);
    writeProgress({ killed: true, finished: false });
    if (killed) await tellKill(context, engine.pid);
  }
  const engine = startEngine();
  context.note(`A new engine goes on in process ${engine.pid} …\n`);
  const finished = new Map<string, string>();
  const code = await eachLine(engine, (line) => {
    finished.set(line.id, line.status);
  });
  if (code !== 0) {
    throw new ClewError("engine_failed", `the engine's process ended with code ${code}`, {
      mend: "Read what it printed above; running the demo again goes on where it was.",
    });
  }
  return finished;
}

function startEngine(): ChildProcess {
  const main = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "main.ts" : "main.js", import.meta.url));
  return spawn(
    process.execPath,
    [
      ...process.execArgv,
      main,
      "run",
      example("order-processing.yaml"),
      ...["--input", `@${example("orders.jsonl")}`, "--id-from", "orderId"],
      ...["--workers", example(import.meta.url.endsWith(".ts") ? "workers.ts" : "workers.js")],
      ...["--journal", files.journal, "--timeout", timeout, "--output", "jsonl"],
    ],
    { env: { ...process.env, CLEW_SHOP_DB: files.shop }, stdio: ["ignore", "pipe", "inherit"] },
  );
}

async function eachLine(engine: ChildProcess, hear: (line: Finished) => void): Promise<number | null> {
  const ended = new Promise<number | null>((resolve, reject) => {
    engine.on("error", reject);
    engine.on("close", resolve);
  });
  if (engine.stdout) {
    for await (const text of createInterface({ input: engine.stdout })) {
      if (text.startsWith("{")) hear(JSON.parse(text) as Finished);
    }
  }
  return ended;
}

/** Whether it came to the kill; an engine that had finished before needs none. */
async function untilOrKilled(engine: ChildProcess, after: number): Promise<boolean> {
  let count = 0;
  await eachLine(engine, () => {
    if (++count === after) engine.kill("SIGKILL");
  });
  return engine.signalCode === "SIGKILL";
}

async function tellKill(context: CommandContext, pid: number | undefined): Promise<void> {
  const counts = await readRuns(({ journal }) => journal.counts());
  const final = (counts.completed ?? 0) + (counts.compensated ?? 0) + (counts.failed ?? 0);
  const open = Object.values(counts).reduce((sum, count) => sum + count, 0) - final;
  context.note(`\nKilled the engine's process ${pid} (SIGKILL): ${final} orders had ended, ${open} were open.\n`);
}

/** Two runs in full, of those that say the most: one completed, one that was wholly undone. */
async function showTwo(context: CommandContext, finished: ReadonlyMap<string, string>): Promise<void> {
  for (const status of ["completed", "compensated"]) {
    const ids = [...finished].filter(([, ended]) => ended === status).map(([id]) => id);
    await readRuns(async (access) => {
      const view = mostTelling(await Promise.all(ids.map((id) => perform(showRun, access, { id }))));
      if (!view) return;
      const { events } = await perform(runEvents, access, { id: view.id });
      context.out(`\n${renderRun(view, context)}\n\n${renderEvents(events, context)}\n`);
    });
  }
}

/** The run with the most to tell: first how many steps were undone, then how many attempts it took. */
function mostTelling(views: readonly RunView[]): RunView | undefined {
  const weight = (view: RunView) =>
    view.steps.reduce(
      (sum, step) => sum + step.attempts + 10 * (step.compensation?.state === "compensated" ? 1 : 0),
      0,
    );
  return views.toSorted((a, b) => weight(b) - weight(a))[0];
}

/** What happened to the orders, beside what their generator knew would; gives whether each ended as it should. */
async function tellWhatHappened(context: CommandContext, finished: ReadonlyMap<string, string>): Promise<boolean> {
  const expected = JSON.parse(readFileSync(example("orders.expected.json"), "utf8")) as Record<string, string>;
  const count = (words: Iterable<string>, word: string) => String([...words].filter((one) => one === word).length);
  const statuses = ["completed", "compensated", "failed", "blocked"].map((status) => [
    worded(context, status),
    count(Object.values(expected), status),
    count(finished.values(), status),
  ]);
  const aligns = ["left", "right", "right"] as const;
  context.out(`\nWhat happened\n\n${renderTable(["status", "expected", "found"], statuses, aligns)}\n`);
  const causes = await causesOf([...finished.keys()]);
  context.out(`\n${renderTable(["on the way", "orders"], causes, ["left", "right"])}\n`);
  const wrong = Object.entries(expected).filter(([id, word]) => finished.get(id) !== word);
  for (const [id, word] of wrong.slice(0, 5)) {
    context.out(`${id}: expected ${word}, found ${finished.get(id) ?? "nothing"}\n`);
  }
  return wrong.length === 0;
}

/** Counted from the recorded runs, not from what was planned. */
async function causesOf(ids: readonly string[]): Promise<readonly (readonly string[])[]> {
  const views = await readRuns((access) => Promise.all(ids.map((id) => perform(showRun, access, { id }))));
  const failedWith = (code: string) => (view: RunView) =>
    view.steps.some(({ state, error }) => state === "failed" && error?.code === code);
  const facts: readonly (readonly [string, (view: RunView) => boolean])[] = [
    ["card declined", failedWith("card_declined")],
    ["out of stock", failedWith("out_of_stock")],
    ["address unreachable", failedWith("address_unreachable")],
    [
      "a step healed by a retry",
      ({ steps }) => steps.some(({ state, attempts }) => state === "succeeded" && attempts > 1),
    ],
    ["answered after its timeout", ({ steps }) => steps.some(({ error }) => error?.code === "timed_out")],
    ["an undo that took several tries", ({ steps }) => steps.some((step) => (step.compensation?.attempts ?? 0) > 1)],
  ];
  return facts.map(([name, holds]) => [name, String(views.filter(holds).length)]);
}

/** Reads beside whoever owns the journal. */
async function readRuns<T>(read: (access: Access) => Promise<T>): Promise<T> {
  const reader = await openReader(files.journal);
  try {
    return await read(reader.access);
  } finally {
    await reader.close();
  }
}

interface LedgerProofModule {
  readonly proveLedger: (file: string) => { readonly balanced: boolean };
  readonly proofText: (proof: { readonly balanced: boolean }) => string;
}

/** The proof lies with the example and shares no code with the engine. */
async function prove(context: CommandContext): Promise<boolean> {
  const file = example(import.meta.url.endsWith(".ts") ? "ledger-proof.ts" : "ledger-proof.js");
  const { proveLedger, proofText } = (await import(file)) as LedgerProofModule;
  const proof = proveLedger(files.shop);
  context.out(`\nLedger proof: the workers' own database, by SQL alone\n\n${proofText(proof)}\n`);
  return proof.balanced;
}
