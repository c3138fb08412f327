/** The worry: a journal that an older Clew wrote loses something, or cannot be read until its owner comes. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commitOne, completedAt, expire, parkedForGood, start, transition } from "../../testing/journal-samples.ts";
import { SqlitePlace } from "../../testing/sqlite-place.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { JournalReader } from "../journal.ts";

let place: SqlitePlace;
beforeEach(() => void (place = new SqlitePlace()));
afterEach(() => place.dispose());

describe("a journal of an older version", () => {
  const asVersion3 = `drop index runs_started; drop index runs_ended; drop index runs_needing; drop index runs_with_incident;
    drop index runs_with_error; drop index runs_of_cause; drop table run_attributes;
    alter table runs drop column cause; alter table runs drop column error; alter table runs drop column incidents;
    alter table runs drop column attention; pragma user_version = 3`;
  const asVersion2 = `${asVersion3};
    drop index runs_expiring; alter table runs drop column expires_at; drop table payload_uses; pragma user_version = 2`;
  const asVersion1 = `${asVersion2}; drop table payloads; drop table contracts; pragma user_version = 1`;

  test("from before retention keeps ended runs for 30 days, and knows whose payloads are whose", async () => {
    const large = "x".repeat(100_000);
    const first = await place.open();
    await first.commit([start("a", { input: large }), start("b", { input: { of: large } }), start("open")]);
    await first.commit([transition("a", 1, { output: large, row: completedAt(7) }), start("c", { input: large })]);
    await first.commit([transition("c", 1, { row: completedAt(8) })]);
    await first.close();
    place.meddle(asVersion2);
    const reader = await place.read();
    expect((await reader.list({}, { limit: 9 })).items.map(({ expiresAt }) => expiresAt)).toEqual(
      Array.from({ length: 4 }),
    );
    const next = await place.open();
    const days = 30 * 24 * 3600 * 1000;
    expect((await next.list({}, { limit: 9 })).items.map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
      ["a", days + 7],
      ["b", undefined],
      ["open", undefined],
      ["c", days + 8],
    ]);
    expect(await expire(next, days + 7, 10)).toBe(1);
    expect((await next.load("c"))?.transitions[0]?.events[0]).toMatchObject({ input: large });
    expect(await expire(next, days + 8, 10)).toBe(1);
    expect(place.payloadCount()).toBe(1);
    expect((await next.load("b"))?.transitions[0]?.events[0]).toMatchObject({ input: { of: large } });
  });

  test("from before details are filtered finds what it knows, and those that were blocked need attention", async () => {
    const first = await place.open();
    const blocked = { ...parkedForGood, status: "blocked" } as const;
    await first.commit([start("a", { at: 10 }), start("b", { at: 20, row: blocked }), start("c", { workflow: "w" })]);
    await commitOne(first, transition("a", 1, { row: completedAt(30) }));
    await first.close();
    place.meddle(asVersion3);
    const reader = await place.read();
    const found = async (journal: JournalReader, filter: string) =>
      (await journal.list(parseFilter(filter, 50), { limit: 9 })).items.map(({ id }) => id);
    const ofOld: readonly (readonly [string, readonly string[]])[] = [
      ["", ["a", "b", "c"]],
      ["status:blocked", ["b"]],
      ["workflow:w", ["c"]],
      ["started:<=30ms,>40s", ["b", "c"]],
      ["started:<=30ms", ["b", "c"]],
      ["ended:>10ms", ["a"]],
      ["id:a,c", ["a", "c"]],
      ["customer:*", []],
      ["-customer:*", ["a", "b", "c"]],
      ["-cause:cancelled -incident:step -declined", ["a", "b", "c"]],
      ["cause:cancelled", []],
      ["declined", []],
    ];
    for (const [filter, ids] of ofOld) expect(await found(reader, filter), filter).toEqual(ids);
    expect(await found(reader, "needs:attention")).toEqual([]);
    const next = await place.open();
    // The reader that met the older tables reads on.
    for (const journal of [next, reader]) {
      for (const [filter, ids] of ofOld) expect(await found(journal, filter), filter).toEqual(ids);
      expect(await found(journal, "needs:attention")).toEqual(["b"]);
    }
    await commitOne(
      next,
      transition("c", 1, { row: { ...blocked, error: "declined", attributes: { customer: "7" } } }),
    );
    for (const journal of [next, reader]) expect(await found(journal, "customer:7 declined")).toEqual(["c"]);
  });

  test("is read as it is, and brought up to date by its next owner", async () => {
    const first = await place.open();
    await commitOne(first, start("a"));
    await first.close();
    place.meddle(asVersion1);
    const reader = await place.read();
    expect(await reader.contracts()).toEqual(new Map());
    expect((await reader.load("a"))?.version).toBe(1);
    const next = await place.open();
    await next.declare(new Map([["charge", {}]]));
    await commitOne(next, transition("a", 1, { output: "x".repeat(100_000) }));
    expect((await next.load("a"))?.version).toBe(2);
    // Also the reader that met it before.
    for (const one of [reader, await place.read()]) {
      expect(await one.contracts()).toEqual(new Map([["charge", {}]]));
      expect((await one.load("a"))?.version).toBe(2);
    }
  });
});
