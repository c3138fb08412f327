/** `bin/clew` as a process of its own in a folder of its own, for tests that wait for what it says, never for time. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const clewCommand = fileURLToPath(new URL("../../bin/clew", import.meta.url));
export const library = new URL("../../src/clew.ts", import.meta.url).href;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class ClewProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  private readonly said = { stdout: "", stderr: "" };
  private readonly listeners = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        this.said[stream] += text;
        for (const listener of this.listeners) listener();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        resolve({ code, ...this.said });
        for (const listener of this.listeners) listener();
      });
    });
  }

  /** Resolves when the text was said; throws when the process ends without it. */
  async says(text: string, stream: "stdout" | "stderr" = "stderr"): Promise<void> {
    let isOver = false;
    void this.ended.then(() => (isOver = true));
    while (!this.said[stream].includes(text)) {
      if (isOver) throw new Error(`it ended and did not say ${text}: ${this.said.stderr}`);
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.listeners.delete(listener);
          resolve();
        };
        this.listeners.add(listener);
      });
    }
  }
}

/** A folder with a workflow of two steps and its workers, and commands that run in it. */
export class Workshop {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "clew-cli-")));
  private readonly started: ClewProcess[] = [];

  constructor() {
    this.write("order.yaml", orderYaml);
    this.write("workers.ts", workersModule);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  start(...args: readonly string[]): ClewProcess {
    const { CLEW_JOURNAL: _, NO_COLOR: __, ...env } = process.env;
    const child = spawn(clewCommand, args, { cwd: this.folder, env, stdio: ["pipe", "pipe", "pipe"] });
    const started = new ClewProcess(child);
    this.started.push(started);
    return started;
  }

  run(...args: readonly string[]): Promise<Ended> {
    const { child, ended } = this.start(...args);
    child.stdin?.end();
    return ended;
  }

  /** `clew run` of the workshop's workflow with its workers. */
  order(input: string, ...more: readonly string[]): readonly string[] {
    return ["run", "order.yaml", "-i", input, "--workers", "workers.ts", ...more];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.started) child.kill("SIGKILL");
    await Promise.all(this.started.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true });
  }
}

const orderYaml = `workflow: order
version: 1
inputSchema:
  type: object
  properties:
    id: { type: string }
    lines: { type: array, items: { type: object, properties: { quantity: { type: integer, minimum: 1 } } } }
    card: { enum: [good, declined, held] }
  required: [id]
steps:
  - { step: reserve, compensation: release }
  - { step: charge, timeout: 60s, retry: { attempts: 1 } }
output: { charged: { $: steps.charge.output.amount } }
`;

/** A card that is \`held\` keeps its worker busy until somebody asks it to stop. */
const workersModule = `import { succeeded, worker, WorkFailed } from "${library}";

const charge = async ({ id, card }, { signal }) => {
  if (card === "declined") throw new WorkFailed({ code: "card_declined", title: "the card was declined", scope: "key" });
  if (card === "held") {
    process.stderr.write("holding " + id + "\\n");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new WorkFailed({ code: "cancelled", title: "was asked to stop", effect: "none" });
  }
  return { amount: 5 };
};

export default [
  worker("reserve", () => succeeded({ shelf: 7 }, { reservation: "r" })),
  worker("release", () => null),
  worker("charge", charge),
];
`;
