import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, expect, test } from "vitest";
import { SystemClock } from "../base/system.ts";
import { MemoryJournal } from "../journal/memory/memory-journal.ts";
import { ask, listen, type LocalSocket } from "./local-socket.ts";

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
