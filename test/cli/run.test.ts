/** The worry: an exit code, or a line that a script reads, that says something else than what became of the order. */
import { existsSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workshop } from "./clew-process.ts";

let shop: Workshop;
beforeEach(() => {
  shop = new Workshop();
});
afterEach(() => shop[Symbol.asyncDispose]());

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("clew run with one input", () => {
  it("works a run to completed, shows it, and keeps it where only its user can read it", async () => {
    const { code, stdout, stderr } = await shop.run(...shop.order('{"id":"a1"}', "--id-from", "id", "--follow"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^a1 {2}order@1 {2}✓ completed\n/);
    expect(stdout).toContain('output  {"charged":5}');
    expect(stderr.split("\n")[0]).toMatch(/ a1 1 RunStarted /);
    expect(stderr).toMatch(/ RunCompleted ✓ completed\n$/);
    expect(statSync(shop.path(".clew/journal.db")).mode & 0o777).toBe(0o600);
    const drawn = await shop.run("draw", "order@1", "--view", "events");
    expect(drawn).toEqual(await shop.run("draw", "order.yaml", "--view", "events"));
  });

  it("ends with 9 when the run was undone, and says what was, and how", async () => {
    shop.write("order.json", '{\n  "id": "a2",\n  "card": "declined"\n}\n');
    const { code, stdout } = await shop.run(...shop.order("@order.json", "--id", "mine", "--json"));
    expect(code).toBe(9);
    expect(JSON.parse(stdout)).toMatchObject({
      id: "mine",
      status: "compensated",
      cause: "step_failed",
      steps: [
        { step: "reserve", state: "succeeded", compensation: { worker: "release", state: "compensated" } },
        { step: "charge", state: "failed", error: { code: "card_declined" } },
      ],
    });
    const shown = await shop.run("runs", "show", "mine", "--json");
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(stdout));
    const again = await shop.run(...shop.order("@order.json", "--id", "mine", "--output", "jsonl"));
    expect(again.code).toBe(9);
    expect(jsonLines(again.stdout)).toEqual([
      { id: "mine", status: "compensated", cause: "step_failed", durationMs: expect.any(Number) },
    ]);
    const other = await shop.run(...shop.order('{"id":"another"}', "--id", "mine"));
    expect(other.code).toBe(5);
    expect(other.stderr).toContain("run_exists");
  });

  it("replaces every timeout where that is asked for", async () => {
    await shop.run(...shop.order('{"id":"a"}', "--timeout", "1500ms"));
    const { stdout } = await shop.run("draw", "order@1");
    expect(stdout).toContain("reserve (reserve) [comp: release] [1.5s]");
    expect(stdout).toContain("charge (charge) [1.5s]");
  });
});

describe("clew run with lines of input", () => {
  const lines = ['{"id":"b1"}', '{"id":"b2","card":"declined"}', "", '{"id":"b3"}'].join("\n");

  it("works a run for each line, gives each as it comes to rest, and goes on where it was", async () => {
    shop.write("orders.jsonl", lines);
    const args = shop.order("@orders.jsonl", "--id-from", "id");
    const first = await shop.run(...args, "--output", "jsonl", "--in-flight", "2");
    expect(first.code).toBe(0);
    const byId = (text: string) => jsonLines(text).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId(first.stdout)).toEqual([
      { id: "b1", status: "completed", durationMs: expect.any(Number) },
      { id: "b2", status: "compensated", cause: "step_failed", durationMs: expect.any(Number) },
      { id: "b3", status: "completed", durationMs: expect.any(Number) },
    ]);
    const second = await shop.run(...args, "--output", "jsonl");
    expect(byId(second.stdout)).toEqual(byId(first.stdout));
    const third = await shop.run(...args);
    expect(third.stdout).toBe(
      "status         runs\n✓ completed       2\n↩ compensated     1\n✗ failed          0\n■ blocked         0\n",
    );
    expect(third.stderr).toContain("open 0, completed 2, compensated 1, failed 0, blocked 0; 3 of 3 done");
    const listed = await shop.run("runs", "ls", "--limit", "2", "--json");
    const page = JSON.parse(listed.stdout);
    expect(page.items.map(({ id }: { id: string }) => id)).toEqual(["b1", "b2"]);
    const rest = await shop.run("runs", "ls", "--output", "jsonl", "--after", page.next);
    expect(jsonLines(rest.stdout)).toMatchObject([{ id: "b3", status: "completed" }]);
  });

  it("reads standard input as it comes", async () => {
    const run = shop.start(...shop.order("@-", "--id-from", "id", "--output", "jsonl"));
    run.child.stdin?.write('{"id":"c1"}\n');
    await run.says('"id":"c1","status":"completed"', "stdout");
    run.child.stdin?.end('{"id":"c2"}\n{"id":3}\n{"id":"c4"}\n');
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(3);
    expect(stderr).toContain("standard input:3: input.id must be");
    expect(jsonLines(stdout).map(({ id }) => id)).toEqual(["c1", "c2"]);
  });
});

describe("clew run refuses before anything is stored", () => {
  it.each([
    [
      "an input that does not fit",
      '{"id":"a","lines":[{"quantity":0}]}',
      3,
      "the input: input.lines[0].quantity must be",
    ],
    ["an input that is no JSON", "{id}", 3, "the input: it is not JSON"],
    ["a file that is not there", "@nowhere.json", 4, "there is no such file"],
    ["a file of lines that is not there", "@nowhere.jsonl", 4, "there is no such file"],
  ])("%s", async (_, input, exitCode, message) => {
    const { code, stdout, stderr } = await shop.run(...shop.order(input));
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toContain(message);
    expect(existsSync(shop.path(".clew"))).toBe(false);
  });

  it("a file of which any line does not fit, however late", async () => {
    shop.write("orders.jsonl", `${'{"id":"a"}\n'.repeat(3000)}{"id":"z","card":"stolen"}\n`);
    const { code, stderr } = await shop.run(...shop.order("@orders.jsonl"));
    expect(code).toBe(3);
    expect(stderr).toContain("orders.jsonl:3001: input.card must be");
    expect(existsSync(shop.path(".clew"))).toBe(false);
  });

  it("workers that are missing, with the list of them, and modules that are none", async () => {
    shop.write(
      "some.ts",
      `export { default as all } from "./workers.ts"; import all from "./workers.ts"; export default all.slice(0, 1);`,
    );
    shop.write("none.ts", "export const workers = [];");
    shop.write("broken.ts", `throw new Error("no database");`);
    const run = (file: string) => shop.run("run", "order.yaml", "-i", '{"id":"a"}', "--workers", file);
    expect(await run("some.ts")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("some.ts has no worker for release, charge"),
    });
    expect(await run("none.ts")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("must export by default a list"),
    });
    expect(await run("broken.ts")).toMatchObject({ code: 2, stderr: expect.stringContaining("no database") });
    const without = await shop.run("run", "order.yaml", "-i", '{"id":"a"}', "--json");
    expect(JSON.parse(without.stderr).error).toMatchObject({
      code: "worker_unknown",
      details: { missing: ["reserve", "release", "charge"] },
    });
    expect(existsSync(shop.path(".clew"))).toBe(false);
  });
});
