/** `npm run simulate`, in small: docs/simulator.md. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { plantedBugs, rareBugs, readBug } from "../tools/simulate/planted-bug.ts";
import type { Tally } from "../tools/simulate/tally.ts";
import { World } from "../src/testing/simulator/world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const node = ["--conditions=clew-source", "--disable-warning=ExperimentalWarning"];

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function nodeRuns(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return run(process.execPath, [...node, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? -1,
      out: error.stdout ?? "",
      err: error.stderr ?? "",
    }),
  );
}

const simulate = (...args: readonly string[]) => nodeRuns(["tools/simulate/main.ts", ...args]);

test("2,000 worlds without a violation, each kind of fault in them, and most of what was asked for succeeds", async () => {
  const { code, out } = await simulate("--seeds", "2000", "--json");
  const { seeds, failures, weak } = JSON.parse(out) as Tally & { readonly weak: readonly string[] };
  expect({ seeds, failures, weak, code }).toEqual({ seeds: 2000, failures: [], weak: [], code: 0 });
}, 300_000);

test("a seed is a world: the same trace here, in another process, and with another heap", async () => {
  const here: string[] = [];
  for (let seed = 1; seed <= 60; seed++) here.push((await new World({ seed }).live()).fingerprint);
  const range = ["tools/simulate/live-through.ts", "--from", "1", "--seeds", "60"];
  const fingerprints = ({ out }: Ran) =>
    out
      .trim()
      .split("\n")
      .flatMap((line) => (JSON.parse(line) as Tally).fingerprints);
  const [plain, small] = await Promise.all([nodeRuns(range), nodeRuns(["--max-old-space-size=64", ...range])]);
  expect(fingerprints(plain)).toEqual(here);
  expect(fingerprints(small)).toEqual(here);
  expect(new Set(here).size).toBe(here.length);
}, 60_000);

test("every planted bug is caught, but for rare ones, and without one the same seeds pass", async () => {
  const { code, out, err } = await simulate("--planted", "--quick", "--json");
  expect(err.split("\n").filter((line) => line.startsWith("NOT CAUGHT"))).toEqual([]);
  expect(code, err).toBe(0);
  const { caught } = JSON.parse(out) as { readonly caught: readonly { readonly name: string }[] };
  expect(caught).toHaveLength(plantedBugs().length);
  expect(caught.length).toBeGreaterThanOrEqual(25);
}, 600_000);

test("what the simulator found in the engine is found again at its seed, and only with the bug planted back", async () => {
  const page = readFileSync(join(root, "docs/simulator.md"), "utf8");
  const rows = [...page.matchAll(/^\| (\d+) \| ([a-z-]+) \|/gm)].map(([, seed = "", bug = ""]) => ({ seed, bug }));
  expect(rows.length).toBeGreaterThan(0);
  for (const { seed, bug } of rows) {
    const [planted, mended] = await Promise.all([
      simulate("--seed", seed, "--only", bug, "--trace"),
      simulate("--seed", seed, "--trace"),
    ]);
    expect(planted.out, `${bug} at ${seed}`).toMatch(/\nviolated: /);
    expect(mended.out, `${bug} at ${seed}`).toMatch(/, 0 violations\n$/);
  }
}, 180_000);

test("each planted bug finds its text exactly once", () => {
  for (const { path, apply } of [...plantedBugs(), ...rareBugs()]) {
    const source = readFileSync(join(root, path), "utf8");
    expect(apply(source)).not.toBe(source);
  }
});

test("a planted bug whose text is gone, or is there twice, stops everything", async () => {
  const folder = mkdtempSync(join(tmpdir(), "clew-bug-"));
  try {
    for (const [find, times] of [
      ["what nobody would have written", 0],
      ["import", 19],
    ] as const) {
      const file = join(folder, "stale.yaml");
      writeFileSync(file, `path: src/orchestrator/publisher.ts\nwhy: Stale.\nfind: ${find}\nreplace: ""\n`);
      const { apply } = readBug(file);
      expect(() => apply(`${find} `.repeat(times))).toThrow(`the planted bug stale finds its text ${times} times`);
      const { code, err } = await nodeRuns(
        ["--import", join(root, "tools/simulate/plant.ts"), "tools/simulate/live-through.ts", "--seeds", "1"],
        { CLEW_PLANTED_BUG: file },
      );
      expect(code).not.toBe(0);
      expect(err).toContain("mend stale.yaml");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a violation is shrunk, drawn as a sequence, and the same command draws the same again", async () => {
  const bug = ["--only", "undo-first-to-last"];
  const caught = await simulate("--planted", "--json", ...bug);
  const [found] = (JSON.parse(caught.out) as { readonly caught: readonly { readonly seeds: number }[] }).caught;
  const one = ["--seed", String(found?.seeds), ...bug];
  const [first, second, whole] = await Promise.all([simulate(...one), simulate(...one), simulate(...one, "--trace")]);
  expect(first.code).toBe(1);
  expect(first.out).toContain("│────────▶│");
  expect(first.out).toMatch(/violated: \S+/);
  expect(first.out).toContain(`repeat it: npm run simulate -- ${one.join(" ")}`);
  expect(second.out).toBe(first.out);
  expect(whole.code).toBe(1);
  expect(first.out.length).toBeLessThan(whole.out.length * 0.75);
  expect((await simulate("--seed", String(found?.seeds))).code).toBe(0);
}, 120_000);
