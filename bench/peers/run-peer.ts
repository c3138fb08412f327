/** One run of one peer in one setting: its server and its process are started, measured from outside, and stopped. */
import { type ChildProcess, fork } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { end, endsWithBench, makeFolder, removeFolder } from "../ends-with-bench.ts";
import { requireAllWork } from "./guard.ts";
import type { Asked, Report, Said } from "./peer-process.ts";
import { type PeerName, type Plan, plans, type Setting } from "./plans.ts";
import { diskFlushes, ProcessTrees } from "./process-trees.ts";

export interface PeerRun {
  readonly setting: string;
  readonly sagasPerSecond: number;
  readonly p50AloneMs: number;
  readonly cpuSecondsPer1000: number;
  readonly peakMb: number;
  /** Of the whole machine's disks, under load. */
  readonly flushesPerSaga: number;
  readonly durability: Readonly<Record<string, string>>;
  readonly report: Report;
  readonly commands: readonly string[];
}

const program = fileURLToPath(new URL("./peer-process.ts", import.meta.url));
const sampleEachMs = 500;

export async function runPeer(name: PeerName, setting: Setting, seconds: number): Promise<PeerRun> {
  const folder = makeFolder(name);
  const plan: Plan = plans[name];
  const { options, inFlight } = setting;
  try {
    const server = await plan.startServer?.(folder, options);
    try {
      const asked: Asked = { name, options, inFlight, seconds, ports: server?.ports ?? {}, folder };
      const { report, cost } = await measureProcess(asked, server ? [server.processId] : []);
      requireAllWork(plan.title, report);
      const { sagas } = report.underLoad;
      return {
        setting: setting.name,
        sagasPerSecond: sagas / report.underLoad.seconds,
        p50AloneMs: report.alone.p50Ms,
        cpuSecondsPer1000: (cost.cpuSeconds / sagas) * 1000,
        peakMb: cost.peakMb,
        flushesPerSaga: cost.flushes / sagas,
        durability: report.durability,
        report,
        commands: [...(server ? [server.command] : []), commandOf(asked)],
      };
    } finally {
      await server?.stop();
    }
  } finally {
    removeFolder(folder);
  }
}

interface Measured {
  readonly report: Report;
  readonly cost: LoadCost;
}

async function measureProcess(asked: Asked, servers: readonly number[]): Promise<Measured> {
  const child = fork(program, {
    cwd: asked.folder,
    // What a peer's packages deprecate is told to nobody who could mend it.
    execArgv: [...process.execArgv, "--no-deprecation"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  endsWithBench(child);
  try {
    return await watch(child, asked, new ProcessTrees([child.pid ?? 0, ...servers]));
  } finally {
    await end(child);
  }
}

const commandOf = ({ options, inFlight }: Asked) =>
  `node ${relative(process.cwd(), program)} (${inFlight} sagas in flight, ${JSON.stringify(options)})`;

interface LoadCost {
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly flushes: number;
}

/** Answers the phases of the process, and reads what all processes cost while it is under load. */
function watch(child: ChildProcess, asked: Asked, trees: ProcessTrees): Promise<Measured> {
  return new Promise((resolve, reject) => {
    let stopMeter: (() => LoadCost) | undefined;
    let cost: LoadCost | undefined;
    child.on("message", (said: Said) => {
      if ("error" in said) return reject(new Error(`${asked.name}: ${said.error}`));
      if ("report" in said) {
        if (!cost) return reject(new Error(`${asked.name} reports without having been under load`));
        return resolve({ report: said.report, cost });
      }
      if (said.phase === "load begins") stopMeter = startMeter(trees);
      else cost = stopMeter?.();
      child.send("go on");
    });
    child.once("exit", (code) => reject(new Error(`the process of ${asked.name} ended with ${code}`)));
    child.send(asked);
  });
}

function startMeter(trees: ProcessTrees): () => LoadCost {
  const cpuSecondsBefore = trees.cpuSeconds();
  const flushesBefore = diskFlushes();
  let peakMb = 0;
  const sample = () => {
    peakMb = Math.max(peakMb, trees.memoryMb());
  };
  const sampling = setInterval(sample, sampleEachMs);
  return () => {
    clearInterval(sampling);
    const cpuSeconds = trees.cpuSeconds() - cpuSecondsBefore;
    const flushes = diskFlushes() - flushesBefore;
    sample();
    return { cpuSeconds, peakMb, flushes };
  };
}
