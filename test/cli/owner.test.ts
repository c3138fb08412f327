/** The worry: two processes on one journal, and an operator who cannot reach the one that works. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClewProcess, Workshop } from "./clew-process.ts";

let shop: Workshop;
let owner: ClewProcess;
beforeEach(async () => {
  shop = new Workshop();
  owner = shop.start(...shop.order('{"id":"held-1","card":"held"}', "--id", "held-1"));
  await owner.says("holding held-1");
});
afterEach(() => shop[Symbol.asyncDispose]());

describe("beside a process that owns the journal", () => {
  it("a second owner is refused, and told who holds it", async () => {
    const { code, stdout, stderr } = await shop.run(...shop.order('{"id":"b"}'));
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain("journal_owned");
    expect(stderr).toContain(`process ${owner.child.pid} `);
  });

  it("runs are listed and shown, and a cancel reaches the owner, which undoes the run", async () => {
    const listed = await shop.run("runs", "ls", "--status", "running,compensating", "--json");
    expect(JSON.parse(listed.stdout).items).toMatchObject([{ id: "held-1", status: "running" }]);
    const shown = await shop.run("runs", "show", "held-1");
    expect(shown.stdout).toContain("▸ dispatched");
    const stale = await shop.run("runs", "cancel", "held-1", "--reason", "test", "--expected-version", "1");
    expect(stale).toMatchObject({ code: 5, stderr: expect.stringContaining("version_conflict") });
    const cancelled = await shop.run("runs", "cancel", "held-1", "--reason", "customer called", "--json");
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ id: "held-1", changed: true });
    const { code, stdout } = await owner.ended;
    expect(code).toBe(9);
    expect(stdout).toContain("compensated (cancelled)");
    const events = await shop.run("runs", "events", "held-1", "--output", "jsonl");
    expect(events.stdout).toMatch(/"type":"CancelRequested","actor":"[^"]+@[^"]+","reason":"customer called"/);
    const late = await shop.run("runs", "cancel", "held-1", "--reason", "again");
    expect(late).toMatchObject({ code: 5, stderr: expect.stringContaining("run_closed") });
  });

  it("a verb of many runs reaches the owner, once it is said twice", async () => {
    const many = ["runs", "cancel", "--filter", "workflow:order -phase:ended", "--reason", "test"];
    const refused = await shop.run(...many);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--dry-run") });
    const dry = await shop.run(...many, "--dry-run");
    expect(dry.stdout).toContain("cancel 1 run: 1 running\n");
    const done = await shop.run(...many, "--yes");
    expect(done).toMatchObject({ code: 0, stdout: "1 run changed\n" });
    expect((await owner.ended).stdout).toContain("compensated (cancelled)");
  });

  it("SIGINT lets workers finish, ends with 130, and the next owner goes on", async () => {
    owner.child.kill("SIGINT");
    await owner.says("Interrupted");
    const { code, stdout, stderr } = await owner.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("goes on when its journal is opened again");
    const next = shop.start(...shop.order('{"id":"b"}', "--id", "b"));
    await next.says("holding held-1");
  });

  it("a second SIGTERM does not wait for the workers", async () => {
    owner.child.kill("SIGTERM");
    await owner.says("Interrupted");
    owner.child.kill("SIGTERM");
    const { code, stderr } = await owner.ended;
    expect({ code, isClosed: stderr.includes("goes on when") }).toEqual({ code: 130, isClosed: false });
  });
});

describe("after the owner was killed", () => {
  beforeEach(async () => {
    owner.child.kill("SIGKILL");
    await owner.ended;
  });

  it("a cancel is recorded by the command itself, which says what the run waits for", async () => {
    const cancelled = await shop.run("runs", "cancel", "held-1", "--reason", "customer called");
    expect(cancelled.code).toBe(0);
    expect(cancelled.stdout).toMatch(/^held-1 ↻ cancelling, version \d+; recorded\n$/);
    expect(cancelled.stderr).toContain("the worker charge");
    const again = await shop.run("runs", "cancel", "held-1", "--reason", "customer called");
    expect(again.stdout).toContain("nothing changed");
  });

  it("a verb of many runs is recorded by the command itself", async () => {
    const abandoned = await shop.run("runs", "abandon", "--filter", "id:held-1", "--yes", "--reason", "by hand");
    expect(abandoned).toEqual({ code: 0, stdout: "1 run changed\n", stderr: "" });
    const again = await shop.run("runs", "abandon", "--filter", "id:held-1", "--yes", "--reason", "by hand");
    expect(again).toMatchObject({ code: 5, stdout: "0 runs changed, 1 refused\n" });
    expect(again.stderr).toContain("held-1 run_closed: ");
  });

  it("an abandoned run has ended, and says what may be left", async () => {
    const abandoned = await shop.run("runs", "abandon", "held-1", "--reason", "by hand");
    expect(abandoned).toMatchObject({ code: 0, stdout: expect.stringContaining("held-1 ✗ failed") });
    const { stdout } = await shop.run("runs", "show", "held-1");
    expect(stdout).toContain("Left in the world:\n  done reserve");
  });

  it("a run that nobody knows is refused", async () => {
    const { code, stderr } = await shop.run("runs", "cancel", "nobody", "--reason", "test");
    expect({ code, isKnown: stderr.includes("run_unknown") }).toEqual({ code: 4, isKnown: true });
  });
});
