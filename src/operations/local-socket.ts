/**
 * The owner's local socket: the way by which other processes of the same user reach the process that owns a journal
 * (architecture.md, 3). It speaks the operations: one JSON text a line, `{ operation, input }` one way,
 * `{ ok: true, value }` or `{ ok: false, error }` the other, in the order of the requests.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { ClewError, type ErrorCode, errorCatalogue } from "../base/errors.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { type Access, perform } from "./operation.ts";
import { operations } from "./operations.ts";

/** A request or an answer that is longer is refused; a page of 1,000 runs is far below. */
const longestLine = 8 * 1024 * 1024;
/** The system's limit of a socket's path, with room to spare. */
const longestPath = 100;

export interface LocalSocket {
  readonly path: string;
  close(): Promise<void>;
}

/** Listens at `wanted`, or in a private temporary folder where that path is too long for a socket. Mode 0600. */
export async function listen(wanted: string, access: Access): Promise<LocalSocket> {
  const folder = Buffer.byteLength(wanted) > longestPath ? mkdtempSync(join(tmpdir(), "clew-")) : undefined;
  const path = folder ? join(folder, "owner.sock") : wanted;
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, access);
  });
  await bind(server, path);
  return {
    path,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder ?? path, { force: true, recursive: true });
    },
  };
}

/**
 * The socket is made with mode 0600. A thread of a program may not set the mask that does so; there it is narrowed right
 * behind, and lies beside the journal, whose folder nobody else may enter.
 */
async function bind(server: Server, path: string): Promise<void> {
  const before = isMainThread ? process.umask(0o177) : undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
  } finally {
    if (before !== undefined) process.umask(before);
  }
}

/** Requests of one client that wait for their turn; beyond them it is not read any further. */
const mostWaiting = 16;

function serve(socket: Socket, access: Access): void {
  let turn = Promise.resolve();
  let waiting = 0;
  socket.on("error", () => socket.destroy());
  onLines(
    socket,
    (line) => {
      if (++waiting >= mostWaiting) socket.pause();
      turn = turn.then(async () => {
        // Nobody reads the answer any more.
        if (socket.destroyed) return;
        const answer = await answerTo(line, access);
        if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
        if (--waiting < mostWaiting) socket.resume();
      });
    },
    () => socket.destroy(),
  );
}

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: WireError };

interface WireError {
  readonly code: string;
  readonly message: string;
  readonly mend?: string | undefined;
}

async function answerTo(line: string, access: Access): Promise<Answer> {
  try {
    const { operation: name, input } = requestIn(line);
    const operation = typeof name === "string" ? operations.get(name) : undefined;
    if (!operation) throw new ClewError("invalid_argument", "the owner does not know that operation");
    return { ok: true, value: await perform(operation, access, input ?? {}) };
  } catch (error) {
    return { ok: false, error: wireError(error) };
  }
}

function requestIn(line: string): { readonly operation?: unknown; readonly input?: unknown } {
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request === "object" && request !== null) return request;
  } catch {
    // Said below, as of everything else that is no request.
  }
  throw new ClewError("invalid_argument", "that is no request: a line holds one JSON object, { operation, input }");
}

function wireError(error: unknown): WireError {
  if (error instanceof ClewError) return { code: error.code, message: error.message, mend: error.mend };
  return { code: "engine_failed", message: error instanceof Error ? error.message : "the owner could not do it" };
}

/** Calls with each whole line; `tooLong` when a line passes the bound. */
function onLines(socket: Socket, hear: (line: string) => void, tooLong: () => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) return tooLong();
    for (const line of lines) hear(line);
  });
}

/** How long the owner may take to answer. */
const answerWithinMs = 10_000;

/** Asks the owner at `path` one thing. Throws what the owner threw, or `owner_unreachable`. */
export async function ask(path: string, operation: string, input: unknown, clock: Clock): Promise<unknown> {
  const connection = await OwnerConnection.open(path, clock);
  try {
    return await connection.ask(operation, input);
  } finally {
    connection.close();
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ClewError) => void;
}

/** A way to the owner for as many requests as one likes; they are answered in their order. */
export class OwnerConnection {
  private readonly socket: Socket;
  private readonly clock: Clock;
  private readonly waiting: Waiting[] = [];
  private timer: Timer | undefined;
  private ended: ClewError | undefined;

  private constructor(socket: Socket, clock: Clock) {
    this.socket = socket;
    this.clock = clock;
    socket.on("error", (error) => this.end(error.message));
    socket.on("close", () => this.end("it closed the connection"));
    onLines(
      socket,
      (line) => this.hear(line),
      () => this.end("its answer is too long"),
    );
  }

  /** Throws `owner_unreachable` where nobody listens at `path`. */
  static async open(path: string, clock: Clock): Promise<OwnerConnection> {
    const socket = createConnection(path);
    const connection = new OwnerConnection(socket, clock);
    await new Promise<void>((resolve) => {
      socket.once("connect", resolve);
      socket.once("close", () => resolve());
    });
    if (connection.ended) throw connection.ended;
    return connection;
  }

  /** Throws what the owner threw, or `owner_unreachable`: then it is unknown whether it was done. */
  ask(operation: string, input: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      this.waiting.push({ resolve, reject });
      if (this.waiting.length === 1) this.awaitAnswer();
      this.socket.write(`${JSON.stringify({ operation, input })}\n`);
    });
  }

  /** Idempotent. What was not answered by then fails. */
  close(): void {
    this.end("this end closed the connection");
  }

  private hear(line: string): void {
    const first = this.waiting.shift();
    this.awaitAnswer();
    const answer = JSON.parse(line) as Answer;
    if (answer.ok) first?.resolve(answer.value);
    else first?.reject(thrownBy(answer.error));
  }

  /** Of the request that has waited longest; the time of the next one runs from the answer before it. */
  private awaitAnswer(): void {
    this.timer?.cancel();
    if (this.waiting.length === 0) return;
    this.timer = this.clock.at(this.clock.now() + answerWithinMs, () =>
      this.end(`it did not answer within ${answerWithinMs / 1000} s`),
    );
  }

  private end(why: string): void {
    this.timer?.cancel();
    this.socket.destroy();
    this.ended ??= new ClewError("owner_unreachable", `cannot reach the process that owns the journal: ${why}`, {
      mend: "See whether it still runs; when it has ended, the same command works without it.",
    });
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}

function thrownBy({ code, message, mend }: WireError): ClewError {
  const known: ErrorCode = Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : "engine_failed";
  return new ClewError(known, message, mend === undefined ? {} : { mend });
}
