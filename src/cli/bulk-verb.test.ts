/** The worry: one line too hastily typed cancels everything, or a thousand runs stop at the first that refuses. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeStream } from "../testing/fake-stream.ts";
import { Clew, ClewError, defineWorkflow, openReader, workerType } from "../clew.ts";
import { abandonRun } from "../operations/run-verbs.ts";
import { completedAt, start as journalStart } from "../testing/journal-samples.ts";
import { SqlitePlace } from "../testing/sqlite-place.ts";
import { parseArguments } from "./arguments.ts";
import { BulkTally } from "./bulk-tally.ts";
import { performBulk } from "./bulk-verb.ts";
import { CommandContext, globalOptions } from "./command.ts";
import { runCommandLine } from "./command-line.ts";
import { Interruption } from "./interruption.ts";
import { verbArguments, verbOptions } from "./run-verb.ts";

const held = defineWorkflow("held", { version: 1, input: { type: "object" } }, (w) => {
  w.step("first", workerType("first", { input: { type: "object" } }), { timeout: "1h" });
});

let folder: string;
let journal: string;
let owner: Clew | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clew-bulk-"));
  journal = join(folder, "journal.db");
});
afterEach(async () => {
  await owner?.close();
  owner = undefined;
  rmSync(folder, { recursive: true });
});

/** Runs that no worker works on. */
async function start(count: number): Promise<Clew> {
  const clewOfOwner = await Clew.open({ journal, workers: [] });
  owner = clewOfOwner;
  const startOne = (place: number) => clewOfOwner.start(held, {}, { id: `run-${String(place).padStart(4, "0")}` });
  await startOne(0);
  await Promise.all(Array.from({ length: count - 1 }, (_, place) => startOne(place + 1)));
  return owner;
}

async function leave(): Promise<void> {
  await owner?.close();
  owner = undefined;
}

async function clew(...argv: readonly string[]) {
  const [stdout, stderr] = [new FakeStream(false), new FakeStream(false)];
  const interruption = new Interruption(() => {});
  const code = await runCommandLine([...argv, "--journal", journal], { stdout, stderr, env: {}, interruption });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const cancel = (...argv: readonly string[]) => clew("runs", "cancel", "--reason", "test", ...argv);

function contextOf(...argv: readonly string[]): CommandContext {
  const options = { ...globalOptions, ...verbOptions };
  const taking = { name: "runs cancel", options, arguments: verbArguments };
  const given = parseArguments(taking, [...argv, "--journal", journal]);
  const [stdout, stderr] = [new FakeStream(false), new FakeStream(false)];
  return new CommandContext({ stdout, stderr, env: {}, given, interruption: new Interruption(() => {}) });
}

async function statuses(): Promise<Readonly<Record<string, number>>> {
  const reader = await openReader(journal);
  try {
    return { ...(await reader.journal.counts()) };
  } finally {
    await reader.close();
  }
}

describe("a verb of many runs", () => {
  it("is done to all that the filter finds, and to no other, where nobody owns the journal", async () => {
    await start(12);
    await leave();
    const { code, stdout, stderr } = await cancel("--filter", "workflow:held -id:run-0003,run-0004", "--yes");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "10 runs changed\n", stderr: "" });
    expect(await statuses()).toEqual({ running: 2, cancelling: 10 });
    const again = await cancel("--filter", "status:cancelling", "--yes", "--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      filter: "status:cancelling",
      matched: 10,
      isMore: false,
      changed: 0,
      unchanged: 10,
      refused: 0,
      conflicts: 0,
      left: 0,
      refusals: [],
    });
  });

  it("goes to the process that owns the journal, for all of them", async () => {
    await start(30);
    const { code, stdout } = await cancel("--filter", "workflow:held", "--yes");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "30 runs changed\n" });
    expect(await owner?.show("run-0029")).toMatchObject({ cause: "cancelled" });
  });

  it("goes on where single runs refuse, counts them, shows the first and gives all as JSON", async () => {
    await start(10);
    for (let place = 0; place < 8; place++) await owner?.perform(abandonRun, { id: `run-000${place}`, actor: "test" });
    const { code, stdout, stderr } = await cancel("--filter", "workflow:held", "--yes");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "2 runs changed, 8 refused\n" });
    expect(stderr.match(/^run-000\d run_closed: .+$/gm)).toHaveLength(5);
    expect(stderr).toContain("… and 3 more; --json gives all of them\n");
    const json = await cancel("--filter", "workflow:held", "--yes", "--json");
    expect(json.code).toBe(5);
    const document = JSON.parse(json.stdout) as { refusals: { id: string; code: string }[] };
    // What nobody had begun was undone at once, so that all have ended now.
    expect(document).toMatchObject({ matched: 10, changed: 0, unchanged: 0, refused: 10 });
    expect(document.refusals.map(({ id, code: reason }) => [id, reason])).toEqual(
      Array.from({ length: 10 }, (_, place) => [`run-000${place}`, "run_closed"]),
    );
  });

  it("takes more than a page", async () => {
    await start(1100);
    await leave();
    const { stdout } = await clew("runs", "abandon", "--reason", "test", "--filter=-phase:ended", "--yes");
    expect(stdout).toBe("1,100 runs changed\n");
    expect((await statuses())["running"]).toBeUndefined();
  }, 30_000);

  it("that finds nothing says so", async () => {
    await start(1);
    expect(await cancel("--filter", "workflow:none", "--yes")).toEqual({
      code: 0,
      stdout: "",
      stderr: "No runs match workflow:none\n",
    });
  });

  it("--dry-run says how many there are and shows ten, needs no reason and changes nothing", async () => {
    await start(13);
    const before = await statuses();
    const { code, stdout, stderr } = await clew("runs", "cancel", "--filter", "workflow:held", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cancel 13 runs: 13 running\nrun +workflow/);
    expect(stdout.match(/^run-\d+ /gm)).toHaveLength(10);
    expect(stdout).toContain("… and 3 more\n");
    expect(stderr).toContain("Nothing was changed");
    const json = await clew("runs", "cancel", "--filter", "workflow:held", "--dry-run", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ matched: 13, isMore: false, sample: { length: 10 } });
    expect(await statuses()).toEqual(before);
  });
});

describe("what nobody can mean", () => {
  it.each<[argv: readonly string[], what: string, mend: string]>([
    [["--filter", "workflow:held"], "cancel 2 runs is not done without being asked for twice", "--yes to do it"],
    [["--filter", "workflow:held", "--yes", "--dry-run"], "cannot both be meant", "Keep one"],
    [["--filter", "  ", "--yes"], "--filter is empty", "status:blocked"],
    [["--filter", "", "--yes"], "--filter is empty", "status:blocked"],
    [["run-0000", "--filter", "workflow:held", "--yes"], "an id and --filter cannot both be meant", "id:"],
    [["--filter", "workflow:held", "--expected-version", "2"], "--expected-version is of one run", "leave it out"],
    [["run-0000", "--yes"], "--yes is of many runs", "--filter"],
    [["run-0000", "--dry-run"], "--dry-run is of many runs", "--filter"],
    [[], "no run is named", "--filter <text>"],
    [["--filter", "status:runing", "--yes"], "the filter is wrong at character 8", "Did you mean running?"],
  ])("is refused with exit code 2 and changes nothing: %j", async (argv, what, mend) => {
    await start(2);
    const { code, stdout, stderr } = await cancel(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(what);
    expect(stderr).toContain(mend);
    expect(await statuses()).toEqual({ running: 2 });
  });

  it("is a verb without a reason", async () => {
    await start(1);
    const { code, stderr } = await clew("runs", "cancel", "--filter", "workflow:held", "--yes");
    expect({ code, isSaid: stderr.includes("--reason is missing") }).toEqual({ code: 2, isSaid: true });
  });
});

describe("on a terminal", () => {
  async function asked(answer: string | undefined, take = async () => ({ changed: true, version: 2 }) as const) {
    await start(11);
    const input = new PassThrough();
    let said = "";
    const [stdout, stderr] = [new FakeStream(false), new FakeStream(true)];
    const interruption = new Interruption(() => {});
    const argv = ["--filter", "workflow:held", "--journal", journal];
    const options = { ...globalOptions, ...verbOptions };
    const given = parseArguments({ name: "runs cancel", options, arguments: verbArguments }, argv);
    const context = new CommandContext({ stdout, stderr, env: {}, given, interruption });
    input.end(answer);
    const say = (text: string) => void (said += text);
    const code = await performBulk(context, { word: "cancel", take }, { input, say });
    return { code, said, stdout: stdout.text, stderr: stderr.text };
  }

  it.each(["y\n", " YES \n", "y"])("a question shows which runs these are, and it is done on %j", async (answer) => {
    const { code, said, stdout, stderr } = await asked(answer);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "11 runs changed\n" });
    expect(said).toMatch(/^run-0000 /m);
    expect(said).toContain("… and 1 more\n");
    expect(said).toMatch(/cancel 11 runs\? \[y\/N\] $/);
    // What was drawn over is wiped at the end.
    expect(stderr).toContain("of 11 done");
    // oxlint-disable-next-line no-control-regex
    expect(stderr).toMatch(/\u001b\[\d+A\u001b\[0J$/);
  });

  it.each(["n\n", "\n", "yeah\n", undefined])("everything is left as it is on %j", async (answer) => {
    const { code, said, stdout } = await asked(answer);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(said).toContain("Nothing was changed.\n");
  });
});

it("at most 10,000 runs are taken at a time, the oldest, and that there are more is said", async () => {
  const place = new SqlitePlace();
  try {
    journal = place.file;
    const ended = await place.open();
    const ids = Array.from({ length: 10_001 }, (_, at) => `old-${at}`);
    await ended.commit(ids.map((id) => journalStart(id, { row: completedAt(5) })));
    await ended.close();
    const dry = await clew("runs", "abandon", "--filter", "workflow:order", "--dry-run");
    expect(dry.stdout).toMatch(/^abandon the first 10,000 runs: 10,000 completed\n/);
    const taken: string[] = [];
    const context = contextOf("--filter", "workflow:order", "--yes");
    const take = async (_: unknown, id: string) => {
      taken.push(id);
      return { changed: true, version: 2 } as const;
    };
    expect(await performBulk(context, { word: "abandon", take })).toBe(0);
    expect(taken).toEqual(ids.slice(0, 10_000));
    expect((context.stderr as unknown as FakeStream).text).toContain("There are more than 10,000 runs");
  } finally {
    await place.dispose();
  }
}, 30_000);

describe("a bulk that cannot go on", () => {
  it("says how far it came, and ends with what stood in the way", async () => {
    await start(3);
    let calls = 0;
    const context = contextOf("--filter", "workflow:held", "--yes");
    const take = async () => {
      if (++calls > 1) throw new ClewError("engine_failed", "the disk is full");
      return { changed: true, version: 2 } as const;
    };
    await expect(performBulk(context, { word: "cancel", take })).rejects.toMatchObject({ code: "engine_failed" });
    expect((context.stderr as unknown as FakeStream).text).toBe("1 run changed, 2 not answered for\n");
  });

  it("stops at an interruption, with what was done by then and exit code 130", async () => {
    await start(40);
    const context = contextOf("--filter", "workflow:held", "--yes");
    let calls = 0;
    const take = async () => {
      if (++calls === 5) context.interruption.come();
      return { changed: true, version: 2 } as const;
    };
    expect(await performBulk(context, { word: "cancel", take })).toBe(130);
    expect(calls).toBeLessThan(20);
    await leave();
    calls = 0;
    expect(await performBulk(contextOf("--filter", "workflow:held", "--yes"), { word: "cancel", take })).toBe(0);
    const alone = contextOf("--filter", "workflow:held", "--yes");
    const stopping = async () => {
      alone.interruption.come();
      return { changed: true, version: 2 } as const;
    };
    expect(await performBulk(alone, { word: "cancel", take: stopping })).toBe(130);
  });
});

describe("the tally", () => {
  it("counts a run that somebody else changed meanwhile apart, and is no success", () => {
    const tally = new BulkTally(4, 0);
    tally.failed(3, "d", new ClewError("version_conflict", "changed"));
    tally.failed(1, "b", new ClewError("run_closed", "ended", { mend: "Look." }));
    tally.answered({ changed: false, version: 1, why: "so" });
    expect(tally.counts).toEqual({ changed: 0, unchanged: 1, refused: 1, conflicts: 1, left: 1 });
    expect(tally.refusals.map(({ id }) => id)).toEqual(["b", "d"]);
    expect(tally.exitCode).toBe(5);
    for (const fatal of [new ClewError("owner_unreachable", "gone"), new Error("a bug")]) {
      expect(() => tally.failed(0, "a", fatal)).toThrow(fatal.message);
    }
  });
});
