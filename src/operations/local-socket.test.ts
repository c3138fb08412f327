import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SystemClock } from "../base/system.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { MemoryJournal } from "../journal/memory/memory-journal.ts";
import { ask, listen, type LocalSocket, OwnerConnection } from "./local-socket.ts";

const folder = mkdtempSync(join(tmpdir(), "clew-socket-"));
let open: LocalSocket | undefined;

afterEach(async () => {
  await open?.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serving(path = join(folder, "j.sock")): Promise<LocalSocket> {
  open = await listen(path, { journal: new MemoryJournal(), engine: undefined, clock: new SystemClock() });
  return open;
}

/** The answers to these lines, of which the last must be answered. */
async function answers(path: string, lines: readonly string[]): Promise<readonly unknown[]> {
  const socket = createConnection(path);
  socket.write(lines.map((line) => `${line}\n`).join(""));
  const heard: unknown[] = [];
  for await (const line of createInterface({ input: socket })) {
    heard.push(JSON.parse(line));
    if (heard.length === lines.length) break;
  }
  socket.destroy();
  return heard;
}

test("the socket is for its user alone, and answers what is asked", async () => {
  const { path } = await serving();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await ask(path, "runs.count", {}, new SystemClock())).toEqual({});
  await expect(ask(path, "runs.show", { id: "x" }, new SystemClock())).rejects.toMatchObject({ code: "run_unknown" });
});

test("what is no request is answered so, each line in its turn", async () => {
  const { path } = await serving();
  const lines = ["null", "[]", "{", "5", '{"operation":"toString"}', '{"operation":"runs.count","input":{"a":1}}'];
  const heard = await answers(path, lines);
  expect(heard.map((answer) => (answer as { error: { code: string } }).error.code)).toEqual(
    lines.map(() => "invalid_argument"),
  );
});

test("a client that asks without end and goes away holds nobody up", async () => {
  const socketOfOwner = await serving();
  const { path } = socketOfOwner;
  const socket = createConnection(path);
  await once(socket, "connect");
  socket.write(`{"operation":"runs.list"}\n`.repeat(20_000));
  expect(await answers(path, ['{"operation":"runs.count"}'])).toEqual([{ ok: true, value: {} }]);
  const startedAt = performance.now();
  await socketOfOwner.close();
  expect(performance.now() - startedAt).toBeLessThan(1000);
  socket.destroy();
});

test("a path that is too long for a socket is replaced by a private folder's", async () => {
  const { path } = await serving(join(folder, "x".repeat(200)));
  expect(Buffer.byteLength(path)).toBeLessThan(100);
  expect(await ask(path, "runs.count", {}, new SystemClock())).toEqual({});
});

describe("one connection", () => {
  const clock = new VirtualClock();

  test("takes many requests, and gives each its own answer", async () => {
    const { path } = await serving();
    const connection = await OwnerConnection.open(path, clock);
    const asked = ["runs.count", "runs.show", "runs.list", "nothing", "runs.count"].map((operation) =>
      connection.ask(operation, operation === "runs.show" ? { id: "x" } : {}).catch((error: unknown) => error),
    );
    expect(await Promise.all(asked)).toMatchObject([
      {},
      { code: "run_unknown" },
      { items: [] },
      { code: "invalid_argument" },
      {},
    ]);
    connection.close();
    connection.close();
    await expect(connection.ask("runs.count", {})).rejects.toMatchObject({ code: "owner_unreachable" });
    expect(clock.timerCount).toBe(0);
  });

  test("to nobody is refused", async () => {
    const path = join(folder, "nobody.sock");
    await expect(OwnerConnection.open(path, clock)).rejects.toMatchObject({ code: "owner_unreachable" });
  });

  test("fails what waits when the owner goes away, or does not answer in time", async () => {
    const path = join(folder, "mute.sock");
    const server = createServer(
      (socket) => void socket.once("data", (text) => text.includes("bye") && socket.destroy()),
    );
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      for (const [operation, why] of [
        ["bye", "it closed the connection"],
        ["hm", "it did not answer within 10 s"],
      ] as const) {
        const connection = await OwnerConnection.open(path, clock);
        const asked = [connection.ask(operation, {}), connection.ask("another", {})];
        const settled = Promise.allSettled(asked);
        if (operation === "hm") await clock.advance(10_000);
        const reason = { code: "owner_unreachable", message: expect.stringContaining(why) as string };
        expect(await settled).toMatchObject([{ reason }, { reason }]);
      }
      expect(clock.timerCount).toBe(0);
    } finally {
      server.close();
    }
  });
});
