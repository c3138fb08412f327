/** The worry: a workflow that is wrong is told at its first problem only, or is started all the same. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "./clew-process.ts";

const example = (file: string) => fileURLToPath(new URL(`../../examples/order-processing/${file}`, import.meta.url));
const golden = (picture: string) => readFileSync(example(`golden/ecommerce_order_processing.${picture}.txt`), "utf8");

const wrongYaml = `workflow: order
version: 1
steps:
  - { step: reserve, timout: 30s }
  - { step: charge, timeout: soon }
  - { step: charge }
  - { step: ship, input: { $: steps.nothing.output } }
`;

const wrongPlaces = [
  "wrong.yaml:4:22 unknown_key",
  "wrong.yaml:5:30 bad_duration",
  "wrong.yaml:6:13 duplicate_step",
  "wrong.yaml:7:31 unknown_reference",
];

let shop: Workshop;
beforeAll(() => {
  shop = new Workshop();
  shop.write("wrong.yaml", wrongYaml);
});
afterAll(() => shop[Symbol.asyncDispose]());

describe("clew draw", () => {
  it.each([
    ["workflow", ["--view", "workflow"]],
    ["workflow", []],
    ["event-flow", ["--view", "events"]],
    ["architecture", ["--view", "architecture", "--format", "text"]],
  ])("prints the reference picture, byte for byte: %s %j", async (picture, options) => {
    const { code, stdout, stderr } = await shop.run("draw", example("order-processing.yaml"), ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(golden(picture));
  });

  it("draws with ASCII alone where that is asked for, and gives a document under --json", async () => {
    const { stdout } = await shop.run("draw", "order.yaml", "--view", "architecture", "--ascii");
    expect(stdout).toMatch(/^[\n -~]+$/);
    const { stdout: document } = await shop.run("draw", "order.yaml", "--json");
    expect(JSON.parse(document)).toEqual({
      workflow: "order",
      version: 1,
      view: "workflow",
      format: "text",
      picture: expect.stringContaining("charge (charge) [60s]"),
    });
  });

  it("draws for Mermaid where that is asked for, the same under --json, and nothing that is not ASCII", async () => {
    const drawing = ["draw", "order.yaml", "--format", "mermaid"];
    const { code, stdout, stderr } = await shop.run(...drawing);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^flowchart TD\n[\n -~]+\n$/);
    expect(stdout).toContain('"charge<br/>worker charge<br/>timeout 60s"');
    expect((await shop.run(...drawing, "--ascii")).stdout).toBe(stdout);
    const { stdout: document } = await shop.run(...drawing, "--view", "workflow", "--json");
    expect(JSON.parse(document)).toEqual({
      workflow: "order",
      version: 1,
      view: "workflow",
      format: "mermaid",
      picture: stdout,
    });
  });

  it("says that neither a file nor a recorded workflow is there, and makes no journal", async () => {
    expect(await shop.run("draw", "nowhere.yaml")).toMatchObject({ code: 4, stdout: "" });
    const { code, stderr } = await shop.run("draw", "order@1");
    expect(code).toBe(4);
    expect(stderr).toContain("journal_missing");
    expect(existsSync(shop.path(".clew"))).toBe(false);
  });
});

describe("clew check", () => {
  it("tells every problem with its line, column, code and remedy", async () => {
    const { code, stdout, stderr } = await shop.run("check", "order.yaml", "wrong.yaml");
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    const [ok, ...problems] = stdout.trimEnd().split("\n");
    expect(ok).toBe("order.yaml ✓ ok order@1, 2 steps");
    const places = problems.filter((line) => !line.startsWith("  "));
    expect(places).toHaveLength(wrongPlaces.length);
    for (const [at, place] of wrongPlaces.entries()) expect(places[at]).toContain(`${place} `);
    expect(problems.filter((line) => line.startsWith("  "))).toHaveLength(wrongPlaces.length);
  });

  it("gives the same as one document", async () => {
    const { code, stdout } = await shop.run("check", "order.yaml", "wrong.yaml", "--format", "json");
    expect(code).toBe(3);
    const { files } = JSON.parse(stdout);
    expect(files[0]).toEqual({ file: "order.yaml", ok: true, workflow: "order", version: 1, hash: expect.any(String) });
    expect(files[1].problems[0]).toEqual({
      code: "unknown_key",
      file: "wrong.yaml",
      line: 4,
      column: 22,
      path: "steps[0].timout",
      message: expect.any(String),
      mend: expect.stringContaining("timeout"),
    });
  });
});

describe("clew run with a workflow that is wrong", () => {
  it("tells every problem, ends with 3 and stores nothing", async () => {
    const { code, stdout, stderr } = await shop.run("run", "wrong.yaml", "-i", "{}", "--workers", "workers.ts");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    for (const place of wrongPlaces) expect(stderr).toContain(`${place} `);
    expect(existsSync(shop.path(".clew"))).toBe(false);
  });

  it("gives the problems as data under --json", async () => {
    const { code, stderr } = await shop.run("run", "wrong.yaml", "-i", "{}", "--json");
    const { error } = JSON.parse(stderr);
    expect(code).toBe(3);
    expect(error.code).toBe("invalid_definition");
    expect(error.details.problems).toHaveLength(wrongPlaces.length);
  });
});
