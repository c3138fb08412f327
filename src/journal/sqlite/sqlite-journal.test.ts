import { chmodSync, statSync, symlinkSync, writeFileSync } from "node:fs";

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commitOne, completedAt, expire, keptUntil, start, transition } from "../../testing/journal-samples.ts";
import { journalSuite } from "../../testing/journal-suite.ts";
import { SqlitePlace } from "../../testing/sqlite-place.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Journal } from "../journal.ts";
import { requireDurable, requireVersion } from "./connection.ts";
import { requireLocal } from "./private-file.ts";
import type { SqliteJournal } from "./sqlite-journal.ts";

journalSuite("the journal in SQLite", async () => {
  const place = new SqlitePlace();
  return {
    open: () => place.open(),
    kill: (journal: Journal) => (journal as SqliteJournal).kill(),
    dispose: () => place.dispose(),
  };
});

let place: SqlitePlace;
beforeEach(() => void (place = new SqlitePlace()));
afterEach(() => place.dispose());

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

describe("its files", () => {
  test("are for their user alone", async () => {
    const journal = await place.open();
    await commitOne(journal, start("a"));
    expect(modeOf(join(place.folder, "data"))).toBe("700");
    for (const suffix of ["", "-wal", "-shm", ".owner"]) expect(modeOf(place.file + suffix), suffix).toBe("600");
  });

  test("keep the mode of a folder that is there already", async () => {
    chmodSync(place.folder, 0o755);
    await place.open(join(place.folder, "journal.db"));
    expect(modeOf(place.folder)).toBe("755");
  });

  test("are refused on a network file system", () => {
    const [nfs, cifs, smb] = [0x6969, 0xff534d42, 0x517b];
    for (const type of [nfs, cifs, cifs | 0, smb]) {
      expect(() => requireLocal("x.db", type)).toThrow("network file system");
    }
    const ext4 = 0xef53;
    expect(() => requireLocal("x.db", ext4)).not.toThrow();
  });

  test("are refused where they cannot be made", async () => {
    writeFileSync(join(place.folder, "data"), "a file");
    await expect(place.open()).rejects.toMatchObject({ code: "journal_unsafe" });
  });
});

describe("what it is opened on", () => {
  test("must be a journal: other files are refused and left as they are", async () => {
    const text = join(place.folder, "notes.txt");
    writeFileSync(text, "dear diary ".repeat(1000));
    const foreign = join(place.folder, "foreign.db");
    const db = new DatabaseSync(foreign);
    db.exec("create table t (x)");
    db.close();
    for (const file of [text, foreign]) {
      const before = statSync(file);
      await expect(place.open(file)).rejects.toMatchObject({ code: "invalid_argument" });
      await expect(place.read(file)).rejects.toMatchObject({ code: "invalid_argument" });
      expect(statSync(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
    }
  });

  test("must not come from a newer Clew", async () => {
    await (await place.open()).close();
    place.meddle("pragma user_version = 99");
    await expect(place.open()).rejects.toMatchObject({ code: "journal_newer" });
    await expect(place.read()).rejects.toMatchObject({ code: "journal_newer" });
  });

  test("is free again after an opening that failed", async () => {
    await (await place.open()).close();
    place.meddle("pragma user_version = 99");
    await expect(place.open()).rejects.toMatchObject({ code: "journal_newer" });
    place.meddle("pragma user_version = 4");
    await expect(place.open()).resolves.toBeDefined();
  });
});

describe("claim check", () => {
  const large = "x".repeat(100_000);
  const rowBytes = () => {
    const db = new DatabaseSync(place.file, { readOnly: true });
    const rows = db.prepare("select sum(length(events)) as events from journal").get();
    const payloads = db.prepare("select count(*) as count, sum(length(payload)) as bytes from payloads").get();
    db.close();
    return { events: Number(rows?.["events"]), payloads: { ...payloads } };
  };

  test("keeps a payload above 64 KiB out of the rows, and stores each content once", async () => {
    const journal = await place.open();
    await journal.commit([start("a", { input: large }), start("b", { input: large })]);
    await journal.commit([transition("a", 1, { output: large }), transition("b", 1, { output: `${large}y` })]);
    await journal.commit([start("c", { input: "x".repeat(60_000) })]);
    expect(rowBytes()).toEqual({ events: expect.any(Number), payloads: { count: 2, bytes: 200_005 } });
    expect(rowBytes().events).toBeLessThan(65_000);
    expect((await (await place.read()).load("b"))?.transitions[1]?.events[0]).toMatchObject({ output: `${large}y` });
  });

  test("stores nothing of a transition that was refused", async () => {
    const journal = await place.open();
    await journal.commit([start("a"), transition("a", 7, { output: large })]);
    expect(rowBytes().payloads).toEqual({ count: 0, bytes: null });
  });
});

describe("what expires", () => {
  const large = "x".repeat(100_000);

  test("takes the payloads with it that no other run refers to", async () => {
    const journal = await place.open();
    await journal.commit([start("a", { input: large }), start("b", { input: large })]);
    await journal.commit([
      transition("a", 1, { output: `${large}y`, row: keptUntil(10) }),
      transition("b", 1, { output: large, row: keptUntil(20) }),
    ]);
    expect(place.payloadCount()).toBe(2);
    await journal.expire(10, 10);
    expect(place.payloadCount()).toBe(1);
    expect((await journal.load("b"))?.transitions[1]?.events[0]).toMatchObject({ output: large });
    await journal.expire(20, 10);
    expect(place.payloadCount()).toBe(0);
    await journal.commit([start("a", { input: large })]);
    expect((await journal.load("a"))?.transitions[0]?.events[0]).toMatchObject({ input: large });
  });

  test("is deleted in pages that stay short, however long the runs are, but always one at least", async () => {
    const journal = await place.open();
    const long = (id: string, count: number) => [
      start(id),
      ...Array.from({ length: count }, (_, turn) => transition(id, turn + 1)),
      transition(id, count + 1, { row: keptUntil(10) }),
    ];
    for (const [id, count] of [
      ["a", 3000],
      ["b", 1500],
      ["c", 1500],
      ["d", 5],
    ] as const) {
      await journal.commit(long(id, count));
    }
    expect([await expire(journal, 10, 100), await expire(journal, 10, 100), await expire(journal, 10, 100)]).toEqual([
      1, 2, 1,
    ]);
  });

  test("leaves room that is used again: the file stays as it is over many runs", async () => {
    const journal = await place.open();
    const sizes: number[] = [];
    for (let round = 0; round < 20; round++) {
      const ids = Array.from({ length: 250 }, (_, place) => `run-${round}-${place}`);
      await journal.commit(ids.map((id) => start(id, { input: "x".repeat(500) })));
      for (let version = 1; version < 6; version++) await journal.commit(ids.map((id) => transition(id, version)));
      await journal.commit(ids.map((id) => transition(id, 6, { row: keptUntil(round) })));
      while ((await expire(journal, round - 1, 200)) > 0);
      const db = new DatabaseSync(place.file, { readOnly: true });
      const [row] = db.prepare("pragma page_count").all();
      db.close();
      sizes.push(Number(row?.["page_count"]));
    }
    expect(await journal.counts()).toEqual({ completed: 250 });
    expect(sizes.at(-1)).toBeLessThanOrEqual((sizes[3] ?? 0) * 1.1);
  });
});

describe("durability", () => {
  test("is read back, and anything less is refused", () => {
    const db = new DatabaseSync(join(place.folder, "x.db"));
    db.exec("pragma synchronous = full");
    expect(() => requireDurable(db, "x.db")).toThrow('"journal_mode":"delete"');
    db.exec("pragma journal_mode = wal");
    expect(() => requireDurable(db, "x.db")).not.toThrow();
    db.exec("pragma synchronous = normal");
    expect(() => requireDurable(db, "x.db")).toThrow('"synchronous":1');
    db.close();
  });

  test("needs SQLite 3.51.3 or newer", () => {
    for (const old of ["3.51.2", "3.50.9", "3.9.99", "2.99.99", undefined]) {
      expect(() => requireVersion("x.db", old), old).toThrow("with SQLite");
    }
    for (const fit of ["3.51.3", "3.51.10", "3.52.0", "4.0.0"]) expect(() => requireVersion("x.db", fit)).not.toThrow();
  });
});

describe("the owner", () => {
  test("is named to whoever is refused, with the time and the socket", async () => {
    const journal = await place.open();
    await journal.setOwnerSocket("/run/clew.sock");
    const refused = await place.open().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "journal_owned",
      message: expect.stringMatching(/\(\d+\) on .+ owns it since \d{4}-\d\d-\d\dT/) as string,
      mend: expect.stringContaining("stop it") as string,
      details: { pid: process.pid, socket: "/run/clew.sock" },
    });
  });

  test("is one for all names of a file", async () => {
    const journal = await place.open();
    const alias = join(place.folder, "alias.db");
    symlinkSync(place.file, alias);
    await expect(place.open(alias)).rejects.toMatchObject({ code: "journal_owned" });
    await journal.close();
    await expect(place.open(alias)).resolves.toBeDefined();
  });

  test("writes nothing after another one has begun an epoch, not even to lists", async () => {
    const journal = await place.open();
    await commitOne(journal, start("a"));
    place.meddle("update owner set epoch = epoch + 1, pid = 1");
    const reader = await place.read();
    for (const batch of [[transition("a", 1, { row: completedAt(5) })], [start("b")]]) {
      await expect(journal.commit(batch)).rejects.toMatchObject({ code: "journal_owned" });
    }
    await journal.close();
    expect((await reader.load("a"))?.version).toBe(1);
    expect(await reader.counts()).toEqual({ running: 1 });
    expect(await reader.owner()).toMatchObject({ pid: 1 });
  });
});

test("a journal that has lost its epoch leaves the new owner's name alone when it closes", async () => {
  const journal = await place.open();
  place.meddle("update owner set epoch = epoch + 1, pid = 1");
  await journal.setOwnerSocket("/run/old.sock");
  await journal.close();
  const owner = await (await place.read()).owner();
  expect(owner).toMatchObject({ pid: 1 });
  expect(owner).not.toHaveProperty("socket");
});

describe("a failure of SQLite in a commit", () => {
  const fail =
    "create trigger fail before insert on journal when new.version > 0 begin select raise(abort, 'disk'); end";

  test("fails this call and all later ones, and nothing is tried twice", async () => {
    const journal = await place.open();
    await commitOne(journal, start("a"));
    place.meddle(fail);
    const failed = { code: "journal_failed", message: expect.stringContaining("disk") as string };
    const calls = [journal.commit([transition("a", 1)]), journal.commit([start("b")]), journal.load("a")];
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: "rejected", reason: failed });
    place.meddle("drop trigger fail");
    await expect(journal.commit([start("c")])).rejects.toMatchObject(failed);
    await expect(journal.counts()).rejects.toMatchObject(failed);
    await journal.close();
    await expect(journal.counts()).rejects.toMatchObject({ code: "journal_closed" });
  });

  test("leaves a journal that opens again and holds whole batches only", async () => {
    const journal = await place.open();
    await commitOne(journal, start("a"));
    place.meddle(fail);
    await expect(journal.commit([start("b"), transition("a", 1)])).rejects.toMatchObject({ code: "journal_failed" });
    await journal.close();
    place.meddle("drop trigger fail");
    const again = await place.open();
    expect(await again.load("b")).toBeUndefined();
    expect(await again.commit([start("b"), transition("a", 1)])).toEqual(["recorded", "recorded"]);
  });
});

test("a call that is under way when its thread is killed fails with journal_failed", async () => {
  const journal = await place.open();
  const call = journal.commit([start("a")]);
  const killed = journal.kill();
  await expect(call).rejects.toMatchObject({ code: "journal_failed" });
  await killed;
  await journal.close();
});

describe("a key that was taken behind the writer's back", () => {
  test("decides against what the writer remembers", async () => {
    const journal = await place.open();
    await commitOne(journal, start("a"));
    place.meddle(`insert into journal select run, 1, 5, '[{"type":"RollbackBegan"}]' from runs`);
    expect(await commitOne(journal, transition("a", 1))).toBe("stale");
    expect(await commitOne(journal, transition("a", 2))).toBe("recorded");
    expect((await journal.load("a"))?.transitions.map(({ events }) => events[0]?.type)).toEqual([
      "RunStarted",
      "RollbackBegan",
      "StepSucceeded",
    ]);
  });
});

describe("a reader beside a running owner", () => {
  test("sees everything that was committed before each call", async () => {
    const journal = await place.open();
    const reader = await place.read();
    for (let turn = 1; turn <= 20; turn++) {
      await journal.commit([start(`run-${turn}`), transition(`run-${turn}`, 1)]);
      expect(await reader.load(`run-${turn}`)).toEqual(await journal.load(`run-${turn}`));
      expect(await reader.counts()).toEqual({ running: turn });
    }
    const page = { limit: 7, newestFirst: true };
    expect(await reader.list(parseFilter("status:running", 0), page)).toEqual(
      await journal.list(parseFilter("status:running", 0), page),
    );
    expect(await reader.transitions("run-3", 2, 5)).toEqual(await journal.transitions("run-3", 2, 5));
    expect(await reader.definition("hash-of-order-1")).toEqual(await journal.definitionNamed("order"));
    expect(await reader.definitionNamed("order", 1)).toEqual(await journal.definitionNamed("order"));
  });

  test("ends its snapshot after each answer, so that the WAL can be emptied", async () => {
    const journal = await place.open();
    const reader = await place.read();
    await journal.commit([start("a"), start("b")]);
    await reader.list({}, { limit: 1 });
    await reader.load("a");
    await reader.owner();
    const db = new DatabaseSync(place.file);
    const [checkpoint] = db.prepare("pragma wal_checkpoint(truncate)").all();
    db.close();
    expect(checkpoint).toMatchObject({ busy: 0, log: 0 });
  });

  test("knows who owns the journal until the owner closes it", async () => {
    const journal = await place.open();
    const reader = await place.read();
    expect(await reader.owner()).toMatchObject({ pid: process.pid });
    expect(await reader.owner()).not.toHaveProperty("socket");
    await journal.setOwnerSocket("/run/clew.sock");
    expect(await reader.owner()).toMatchObject({ socket: "/run/clew.sock" });
    await journal.close();
    expect(await reader.owner()).toBeUndefined();
  });

  test("reads without an owner, also what a killed one left", async () => {
    const journal = await place.open();
    await commitOne(journal, start("a"));
    await journal.kill();
    expect(await (await place.read()).counts()).toEqual({ running: 1 });
  });

  test("neither makes a journal nor changes one", async () => {
    await expect(place.read()).rejects.toMatchObject({ code: "journal_missing" });
    await place.open();
    const reader = (await place.read()) as unknown as { db: DatabaseSync };
    expect(() => reader.db.exec("delete from runs")).toThrow("readonly");
  });

  test("is closed when it was closed", async () => {
    await place.open();
    const reader = await place.read();
    await reader.close();
    await reader.close();
    await expect(reader.counts()).rejects.toMatchObject({ code: "journal_closed" });
  });
});
