/** The worry: what holds for a workflow in YAML does not hold for one in TypeScript, or with a catalogue. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "./clew-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = (file: string) => join(root, "examples/order-processing", file);
const golden = (picture: string) => readFileSync(example(`golden/ecommerce_order_processing.${picture}.txt`), "utf8");
const library = `${root}src/clew.ts`;

const catalogue = `workers:
  reserve: { input: { type: object, properties: { card: { type: string, sensitive: true } }, required: [card] } }
  release: {}
  charge: { output: { type: object, required: [receipt] } }
`;
const yaml = `workflow: order
version: 1
steps:
  - { step: reserve, compensation: release }
  - { step: charge }
`;
const workers = `
import { worker } from ${JSON.stringify(library)};
export default [worker("reserve", () => null), worker("release", () => null), worker("charge", (order) => order.receipt ?? {})];
`;
const typed = `
import { defineWorkflow, workerType } from ${JSON.stringify(library)};
const any = (name: string) => workerType(name);
export const order = defineWorkflow("order", { version: 1 }, (w) => {
  w.step("reserve", any("reserve"), { compensation: any("release") });
  w.step("charge", any("charge"));
});
export const refund = defineWorkflow("refund", { version: 1 }, (w) => void w.step("pay", any("pay")));
`;
const broken = `
import { defineWorkflow, workerType } from ${JSON.stringify(library)};
export default defineWorkflow("order", { version: 0 }, (w) => void w.step("Reserve", workerType("reserve"), { timeout: "30" as never }));
`;
const misused = `
import { defineWorkflow, workerType } from ${JSON.stringify(library)};
export default defineWorkflow("order", { version: 1 }, (w, order: any) => { if (order.vip) w.step("gift", workerType("gift")); w.step("a", workerType("a")); });
`;

let shop: Workshop;
beforeAll(() => {
  shop = new Workshop();
  const files = {
    "order.yaml": yaml,
    "shop.workers.yaml": catalogue,
    "workers.ts": workers,
    "order.ts": typed,
    "broken.ts": broken,
    "misused.ts": misused,
  };
  for (const [file, text] of Object.entries(files)) shop.write(file, text);
  shop.write("package.json", '{ "type": "module" }');
});
afterAll(() => shop[Symbol.asyncDispose]());

const input = (order: object) => ["-i", JSON.stringify(order)];

describe("a workflow in TypeScript", () => {
  it.each([
    ["workflow", "workflow"],
    ["events", "event-flow"],
    ["architecture", "architecture"],
  ])("is drawn as the reference picture, byte for byte: %s", async (view, picture) => {
    const { code, stdout, stderr } = await shop.run("draw", example("order-processing.ts"), "--view", view);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(golden(picture));
  });

  it("is checked, named where a module exports several, and has the hash of the same in YAML", async () => {
    const { code, stdout } = await shop.run("check", "order.yaml", "order.ts#order", "--json");
    const { files } = JSON.parse(stdout) as { files: { ok: boolean; hash: string }[] };
    expect([code, files.map(({ ok }) => ok)]).toEqual([0, [true, true]]);
    expect(files[0]?.hash).toBe(files[1]?.hash);
    const several = await shop.run("check", "order.ts", "nowhere.yaml");
    expect(several).toMatchObject({ code: 4, stdout: "" });
    expect(several.stderr).toContain("it exports order, refund");
    expect((await shop.run("draw", "order.ts#nothing")).code).toBe(4);
  });

  it("is run", async () => {
    const { code, stdout } = await shop.run(
      "run",
      "order.ts#order",
      ...input({ receipt: { receipt: 1 } }),
      "--workers",
      "workers.ts",
      "--json",
    );
    expect([code, (JSON.parse(stdout) as { status: string }).status]).toEqual([0, "completed"]);
  });

  it("that is wrong is refused like any other: every problem, exit 3", async () => {
    const { code, stdout } = await shop.run("check", "broken.ts");
    expect(code).toBe(3);
    for (const problem of ["out_of_range", "bad_name", "bad_duration"]) expect(stdout).toContain(problem);
    const misuse = await shop.run("draw", "misused.ts");
    expect(misuse).toMatchObject({ code: 3, stdout: "" });
    expect(misuse.stderr).toContain("`input.vip` is a reference");
  });
});

describe("a catalogue", () => {
  it("is checked, and holds for the workflows beside it", async () => {
    expect(await shop.run("check", "shop.workers.yaml", "order.yaml")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("3 worker types"),
    });
    shop.write("small.workers.yaml", "workers: { reserve: {} }\n");
    const { code, stdout } = await shop.run("check", "small.workers.yaml", "order.yaml");
    expect(code).toBe(3);
    expect(stdout).toMatch(/order\.yaml:4:.*unknown_worker/);
  });

  it("holds what goes in and what comes out, and what it marks is never printed", async () => {
    const run = (order: object, ...more: string[]) =>
      shop.run(
        "run",
        "order.yaml",
        ...input(order),
        "--workers",
        "workers.ts",
        "--catalogue",
        "shop.workers.yaml",
        ...more,
      );
    const card = "4111-1111-1111-1111";
    const unfit = await run({ receipt: 1 });
    expect(unfit).toMatchObject({ code: 9, stdout: expect.stringContaining("input_invalid") });
    const doubtful = await run({ card, receipt: {} }, "--id", "doubtful");
    expect(doubtful.stdout).toContain("output_invalid");
    const good = await run({ card, receipt: { receipt: 1 } }, "--id", "good", "--follow");
    const shown = [
      doubtful,
      good,
      await shop.run("runs", "show", "good", "--json"),
      await shop.run("runs", "events", "good", "--json"),
    ];
    expect(shown.map(({ code }) => code)).toEqual([9, 0, 0, 0]);
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain(card);
    expect(shown.slice(1).every(({ stdout }) => stdout.includes("[redacted]"))).toBe(true);
  });
});

describe("clew schema", () => {
  it("gives the schemas of files, and a workflow's contracts, which are a catalogue again", async () => {
    const titles = await Promise.all([shop.run("schema"), shop.run("schema", "--workers")]);
    expect(titles.map(({ stdout }) => (JSON.parse(stdout) as { title: string }).title)).toEqual([
      "Clew workflow",
      "Clew worker catalogue",
    ]);
    const { stdout } = await shop.run("schema", example("order-processing.ts"));
    const { workers: contracts, workflow } = JSON.parse(stdout) as {
      workers: Record<string, object>;
      workflow: string;
    };
    expect(workflow).toBe("ecommerce_order_processing");
    expect(Object.keys(contracts)).toHaveLength(8);
    shop.write("order.workers.json", JSON.stringify({ workers: contracts }));
    expect((await shop.run("check", "order.workers.json", example("order-processing.yaml"))).code).toBe(0);
  });
});

describe("clew init, where there is a package already", () => {
  const inFolder = (name: string, manifest?: string) => {
    mkdirSync(join(shop.folder, name));
    if (manifest !== undefined) shop.write(`${name}/package.json`, manifest);
    return shop.run("init", name);
  };

  it("leaves one of CommonJS alone, and writes modules that say so", async () => {
    const manifest = '{ "name": "old", "main": "index.js", "type": "commonjs" }';
    const { code, stdout } = await inFolder("old", manifest);
    expect([code, stdout.includes("trip.mts")]).toEqual([0, true]);
    expect(readFileSync(join(shop.folder, "old/package.json"), "utf8")).toBe(manifest);
    expect(readFileSync(join(shop.folder, "old/workers.mts"), "utf8")).toContain('from "./trip.mts"');
  });

  it("refuses what it cannot read or write before it writes anything", async () => {
    expect((await inFolder("odd", "// not JSON")).stderr).toContain("file_unreadable");
    expect(existsSync(join(shop.folder, "odd/trip.ts"))).toBe(false);
    shop.write("a-file", "");
    expect(await shop.run("init", "a-file")).toMatchObject({ code: 4, stdout: "" });
    expect(await shop.run("init", "/proc/nowhere")).toMatchObject({ code: 4, stdout: "" });
  });
});

describe("a module that never finishes to load", () => {
  it("is no success", async () => {
    shop.write("never.ts", "await new Promise(() => {});\n");
    expect((await shop.run("check", "never.ts")).code).toBe(6);
  });
});

describe("clew init", () => {
  it("writes a workflow that checks, runs and is undone as it says, and overwrites nothing", async () => {
    const first = await shop.run("init", "trip");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(readFileSync(join(shop.folder, "trip/package.json"), "utf8"))).toMatchObject({
      name: "trip",
      type: "module",
    });
    const again = await shop.run("init", "trip");
    expect(again).toMatchObject({ code: 5, stdout: "" });
    expect(again.stderr).toContain("trip.ts, workers.ts, trip.test.ts");
    mkdirSync(join(shop.folder, "there"));
    shop.write("there/package.json", '{ "name": "there" }');
    await shop.run("init", "there");
    expect(JSON.parse(readFileSync(join(shop.folder, "there/package.json"), "utf8"))).toEqual({
      name: "there",
      type: "module",
    });
  });
});
