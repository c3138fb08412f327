/**
 * The owner's end of the line to the journal's thread. Answers come in the order of the calls.
 *
 * When the thread ends before it has answered (an error in it, or `kill`), every waiting call fails: whether it was
 * done is unknown.
 */
import { Worker } from "node:worker_threads";
import { failedError } from "../journal-errors.ts";
import { errorFrom, type Reply, type Verb, type Verbs } from "./message.ts";
import type { WalStanding } from "./wal.ts";

interface Waiting {
  readonly verb: Verb;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** In the checkout modules end in `.ts`, in the built package in `.js`. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const threadUrl = new URL(`./thread${extension}`, import.meta.url);

export class ThreadLink {
  private readonly worker = new Worker(threadUrl, { name: "clew journal" });
  /** Not more than the owner's caller has under way. */
  private readonly waiting: Waiting[] = [];
  private ended: unknown;
  private readonly exit: Promise<void>;
  private readonly onWal: (standing: WalStanding) => void;

  constructor(onWal: (standing: WalStanding) => void) {
    this.onWal = onWal;
    this.worker.on("message", (reply: Reply) => this.settle(reply));
    this.worker.on("error", (error) => {
      this.ended = error;
    });
    this.exit = new Promise((resolve) => {
      this.worker.on("exit", () => {
        this.end();
        resolve();
      });
    });
  }

  call<V extends Verb>(verb: V, ...given: Parameters<Verbs[V]>): Promise<ReturnType<Verbs[V]>> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) return reject(lost(verb, this.ended));
      this.waiting.push({ verb, resolve: (answer) => resolve(answer as ReturnType<Verbs[V]>), reject });
      this.worker.postMessage({ verb, given });
    });
  }

  /** Lets the thread finish what it was asked, and end. Also where it has ended by itself. */
  async close(): Promise<void> {
    if (this.ended === undefined) await this.call("close");
    await this.exit;
  }

  /** Ends the thread wherever it stands, as a kill of the process would. */
  async kill(): Promise<void> {
    this.ended ??= new Error("its thread was killed");
    await this.worker.terminate();
    await this.exit;
  }

  private settle(reply: Reply): void {
    if ("wal" in reply) return this.onWal(reply.wal);
    const first = this.waiting.shift();
    if ("error" in reply) first?.reject(errorFrom(reply.error));
    else first?.resolve(reply.answer);
  }

  private end(): void {
    this.ended ??= new Error("its thread has ended");
    for (const { verb, reject } of this.waiting.splice(0)) reject(lost(verb, this.ended));
  }
}

const lost = (verb: Verb, cause: unknown) => failedError("the journal", `was asked to ${verb}`, cause);
