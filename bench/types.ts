/**
 * `types`: how long the compiler takes for a workflow of many steps, each with a mapping from the step before, a contract
 * of its own and a compensation. Measured against an empty program with the same imports, in turn, so that what the
 * compiler and the libraries cost anyway is seen beside it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { percentile } from "./spread.ts";

export interface Types {
  readonly steps: number;
  /** Of whole processes. */
  readonly seconds: number;
  readonly secondsOfNone: number;
}

const root = fileURLToPath(new URL("..", import.meta.url));

export async function types({ steps, rounds }: { readonly steps: number; readonly rounds: number }): Promise<Types> {
  const folder = mkdtempSync(join(tmpdir(), "clew-types-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const [many, none] = [project(folder, "many", steps), project(folder, "none", 0)];
    const times = Array.from({ length: rounds }, () => [compile(none), compile(many)] as const);
    return {
      steps,
      seconds: percentile(
        times.map(([, seconds]) => seconds),
        50,
      ),
      secondsOfNone: percentile(
        times.map(([seconds]) => seconds),
        50,
      ),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function project(folder: string, name: string, steps: number): string {
  writeFileSync(join(folder, `${name}.ts`), program(steps));
  const config = join(folder, `tsconfig.${name}.json`);
  const compilerOptions = {
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    noEmit: true,
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions,
      files: [`${name}.ts`],
      include: [],
      exclude: [],
    }),
  );
  return config;
}

function compile(config: string): number {
  const startedAt = performance.now();
  const { status, stdout } = spawnSync("tsc", ["-p", config, "--pretty", "false"], { encoding: "utf8" });
  const seconds = (performance.now() - startedAt) / 1000;
  if (status !== 0) throw new Error(`the program does not compile: ${stdout.slice(0, 500)}`);
  return seconds;
}

const program = (steps: number): string => `
import { z } from "zod";
import { defineWorkflow, workerType } from "${root}src/clew.ts";
const Order = z.object({ id: z.string(), total: z.number(), items: z.array(z.object({ sku: z.string(), qty: z.number() })) });
${Array.from({ length: steps }, (_, n) => contracts(n)).join("")}
export default defineWorkflow("many", { version: 1, input: Order }, (w, order) => {
${Array.from({ length: steps }, (_, n) => step(n)).join("")}
  return { order: order.id };
});
`;

const contracts = (n: number): string => `
const do${n} = workerType("do_${n}", {
  input: z.object({ order: z.string(), previous: z.number(), items: z.array(z.object({ sku: z.string() })) }),
  output: z.object({ value${n}: z.number(), note: z.string().optional() }),
  errors: ["refused_${n}"],
});
const undo${n} = workerType("undo_${n}", { input: z.object({ order: z.string() }) });
`;

const step = (n: number): string => `
  const step${n} = w.step("step_${n}", do${n}, {
    input: { order: order.id, previous: ${n === 0 ? "order.total" : `step${n - 1}.value${n - 1}`}, items: order.items },
    timeout: "30s",
    retry: { attempts: 3, not: ["refused_${n}"] },
    compensation: undo${n},
  });
`;
