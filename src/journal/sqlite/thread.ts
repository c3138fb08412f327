/**
 * The journal's thread: the only one that holds the writing connection. Calls are served strictly in their order, each
 * to its end, so that a read shows every commit that was called before it.
 *
 * Group commit: while one transaction is being flushed, calls gather in the port. Commits that stand next to each
 * other there are then flushed together; their transitions are judged one by one, and each is answered by itself.
 *
 * The first error ends the service: the outcome of a commit is unknown then, and what the writer remembers may be
 * ahead of the disk. That call and all later ones are answered with the same error; no flush is tried twice.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from "node:worker_threads";
import { assert, ClewError } from "../../base/errors.ts";
import { failedError } from "../journal-errors.ts";
import { type Call, type Reply, textOfError, type Verbs } from "./message.ts";
import { OwnedDatabase } from "./owned-database.ts";
import { walBytesAtMost } from "./wal-marks.ts";

/** In transitions; so that the first of many gathered batches does not wait long for its answer. */
const longestFlush = 4096;

type Commit = Extract<Call, { verb: "commit" }>;
type Other = Exclude<Call, Commit>;

type ErrorReply = Extract<Reply, { error: unknown }>;

class JournalThread {
  private readonly port: MessagePort;
  private database: OwnedDatabase | undefined;
  private failure: ClewError | undefined;

  constructor(port: MessagePort) {
    this.port = port;
    port.on("message", (call: Call) => {
      let next: Call | undefined = call;
      while (next) next = next.verb === "commit" ? this.flush(next) : this.serve(next);
    });
  }

  private serve(call: Other): undefined {
    if (call.verb === "close") return this.close();
    this.reply(this.attempt(`served ${call.verb}`, () => this.perform(call)));
  }

  /** Gives the call behind the commits, if it has been taken from the port already. */
  private flush(first: Commit): Call | undefined {
    const batches = [first.given[0]];
    let size = 0;
    let walBytes = 0;
    let next: Call | undefined = first;
    do {
      size += next.given[0].size;
      walBytes += walBytesAtMost(next.given[0]);
      const isWorthIt = size >= longestFlush || walBytes >= (this.database?.flushUpToBytes ?? 0);
      next = isWorthIt ? undefined : this.gathered();
      if (next?.verb === "commit") batches.push(next.given[0]);
    } while (next?.verb === "commit");
    const outcome = this.attempt("recorded a batch", () => this.opened().record(batches));
    for (const place of batches.keys()) {
      this.reply("error" in outcome ? outcome : { answer: outcome.answer[place] });
    }
    return next;
  }

  private gathered(): Call | undefined {
    const received: { readonly message: Call } | undefined = receiveMessageOnPort(this.port);
    return received?.message;
  }

  private attempt<T>(doing: string, work: () => T): { readonly answer: T } | ErrorReply {
    try {
      if (!this.failure) return { answer: work() };
    } catch (error) {
      this.failure = error instanceof ClewError ? error : failedError("the journal", doing, error);
    }
    return { error: textOfError(this.failure) };
  }

  private perform(call: Exclude<Other, { verb: "close" }>): unknown {
    switch (call.verb) {
      case "open":
        this.database = this.open(...call.given);
        return undefined;
      case "declare":
        return this.opened().declare(...call.given);
      case "tellSocket":
        return this.opened().tellSocket(...call.given);
      case "expire":
        return this.opened().expire(...call.given);
      case "tryToEmptyWal":
        return this.opened().tryToEmptyWal();
      default: {
        const { reads } = this.opened();
        // Each call fits its own verb; that the two belong together is more than the compiler follows.
        return (reads[call.verb] as (...given: readonly unknown[]) => unknown).apply(reads, call.given as unknown[]);
      }
    }
  }

  private open(...[file, ownership]: Parameters<Verbs["open"]>): OwnedDatabase {
    return new OwnedDatabase(file, { ...ownership, onWal: (wal) => this.reply({ wal }) });
  }

  /** The thread ends when the port is closed. After a failure nothing more is written. */
  private close(): undefined {
    const { database, failure } = this;
    this.reply(failure ? { answer: undefined } : this.attempt("closed", () => database?.giveBack()));
    this.port.close();
  }

  private opened(): OwnedDatabase {
    assert(this.database, "the journal's thread is asked before it has opened its database");
    return this.database;
  }

  private reply(reply: Reply): void {
    this.port.postMessage(reply);
  }
}

assert(parentPort, "the journal's thread is not started as a program of its own");
new JournalThread(parentPort);
