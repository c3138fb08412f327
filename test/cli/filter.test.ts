/** The worry: what a filter finds in a test is not what it finds in a journal that the engine wrote. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "./clew-process.ts";

let shop: Workshop;
beforeAll(async () => {
  shop = new Workshop();
  for (const [id, card] of [
    ["a", "good"],
    ["b", "declined"],
    ["c", "good"],
  ]) {
    await shop.run(...shop.order(JSON.stringify({ id, card }), "--id", id ?? ""));
  }
}, 60_000);
afterAll(() => shop[Symbol.asyncDispose]());

const ids = async (...args: readonly string[]) => {
  const { stdout } = await shop.run("runs", "ls", "--json", ...args);
  return (JSON.parse(stdout) as { items: { id: string }[] }).items.map(({ id }) => id);
};

describe("clew runs ls --filter", () => {
  it("finds the runs that it describes, together with --status and --workflow", async () => {
    expect(await ids("--filter", "status:completed started:<1h")).toEqual(["a", "c"]);
    expect(await ids("--filter=-status:completed")).toEqual(["b"]);
    expect(await ids("--filter", "id:a,b", "--status", "completed", "--workflow", "order")).toEqual(["a"]);
    expect(await ids("--filter", "id:a,b", "--workflow", "return")).toEqual([]);
  });

  it("says how it was understood where there is nothing to show", async () => {
    const { code, stdout, stderr } = await shop.run("runs", "ls", "--filter", "customer:c42 phase:backward");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: 'No runs match customer:"c42" phase:backward\n',
    });
  });
});

describe("clew runs ls --watch", () => {
  it("shows what comes into the list while it runs, and ends with 130", async () => {
    const watch = shop.start("runs", "ls", "--watch", "--filter", "status:completed", "--output", "jsonl");
    await watch.says('"id":"c"', "stdout");
    await shop.run(...shop.order('{"id":"d"}', "--id", "d"));
    await watch.says('"id":"d"', "stdout");
    watch.child.kill("SIGINT");
    const { code, stdout, stderr } = await watch.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    const seen = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(seen).toEqual(["a", "c", "d"]);
  });

  it("ends when nobody reads it any more", async () => {
    const watch = shop.start("runs", "ls", "--watch");
    await watch.says("completed", "stdout");
    watch.child.stdout?.destroy();
    await shop.run(...shop.order('{"id":"e"}', "--id", "e"));
    expect((await watch.ended).code).toBe(130);
  });
});
