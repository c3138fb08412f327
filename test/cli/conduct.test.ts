/** The worry: the command line is a bad neighbour: it leaves files, traces, half lines, or a journal nobody asked for. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "./clew-process.ts";

let shop: Workshop;
beforeAll(() => {
  shop = new Workshop();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe("clew", () => {
  it("says its version", async () => {
    expect(await shop.run("--version")).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^clew \d+\.\d+\.\d+\n$/),
      stderr: "",
    });
  });

  it("refuses an unknown command and an unknown option with the nearest known one", async () => {
    expect(await shop.run("chck", "order.yaml")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("clew check"),
    });
    expect(await shop.run("runs", "ls", "--jornal", "x.db")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--journal"),
    });
  });

  it.each([
    ["runs", "ls"],
    ["runs", "show", "a"],
    ["runs", "events", "a"],
    ["runs", "cancel", "a", "--reason", "test"],
    ["runs", "abandon", "a", "--reason", "test"],
  ])("makes no journal where there is none: %s %s", async (...args) => {
    const before = readdirSync(shop.folder);
    const { code, stdout, stderr } = await shop.run(...args.filter((word) => word !== undefined), "--json");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(JSON.parse(stderr).error).toMatchObject({ code: "journal_missing", mend: expect.any(String) });
    expect(readdirSync(shop.folder)).toEqual(before);
  });

  it("ends without a word when nobody reads its output any more", async () => {
    const reader = shop.start("schema");
    reader.child.stdout?.destroy();
    expect(await reader.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("stops taking lines when nobody reads what becomes of them, and closes cleanly", async () => {
    const run = shop.start(...shop.order("@-", "--output", "jsonl"));
    run.child.stdin?.write('{"id":"a"}\n');
    await run.says('"completed"', "stdout");
    run.child.stdout?.destroy();
    run.child.stdin?.write('{"id":"b"}\n');
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("Interrupted");
    expect(stderr).not.toContain("EPIPE");
  });
});
