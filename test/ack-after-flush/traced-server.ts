/** The server under strace, in a folder of its own, and the verdict on what its system calls say. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { judge, type Verdict } from "./flush-order.ts";
import { promises, saidOn } from "./promise-line.ts";
import { momentsIn } from "./strace-lines.ts";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const node = ["--conditions=clew-source", "--disable-warning=ExperimentalWarning"];
const planting = ["--import", here("../../tools/simulate/plant.ts")];
/** Every call that writes or flushes, however it is called, so that none goes unseen. */
const calls = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync,sync_file_range,msync";
/** More than a page of the journal. */
const longestTextBytes = 64 * 1024;
/** A server that hangs is ended by strace, which takes it along. */
const longestMs = 120_000;

export interface Asked {
  readonly strace: string;
  readonly requests: number;
  /** The file of a bug to plant. */
  readonly bug?: string;
}

export async function traceServer({ strace, requests, bug }: Asked): Promise<Verdict> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "clew-flush-")));
  const [trace, journal] = [join(folder, "trace"), join(folder, "journal.db")];
  try {
    const said = await run(
      strace,
      [
        ...["-f", "-y", "--seccomp-bpf", "-s", String(longestTextBytes), "-e", `trace=${calls}`, "-o", trace],
        ...[process.execPath, ...node, ...(bug === undefined ? [] : planting)],
        ...[here("server.ts"), journal, String(requests)],
      ],
      bug === undefined ? {} : { CLEW_PLANTED_BUG: bug },
    );
    const verdict = judge(momentsIn(readFileSync(trace, "latin1").split("\n")), `${journal}-wal`);
    const heard = new Set(said.trimEnd().split("\n")).size;
    const seen = promises.reduce((sum, promised) => sum + verdict.left[promised], 0);
    if (heard !== seen) throw new Error(`${heard} promises were heard, and ${seen} are in the trace`);
    return verdict;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives what it said on the pipe. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    timeout: longestMs,
  });
  const [promised, complaints] = [saidBy(child, saidOn), saidBy(child, 2)];
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(promised());
      else reject(new Error(`the server ended with ${code ?? signal}: ${complaints().slice(-2000)}`));
    });
  });
}

function saidBy(child: ChildProcess, descriptor: number): () => string {
  let said = "";
  (child.stdio[descriptor] as Readable).setEncoding("utf8").on("data", (text: string) => (said += text));
  return () => said;
}
