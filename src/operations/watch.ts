/**
 * Watching runs: each watcher is told how its run stands, then each change of it, in order and without a gap that the
 * numbers would not show. The bus is listened to only while somebody watches.
 */
import { broken } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { StatusEvent } from "../bus/envelope.ts";
import type { EventBus, Subscription } from "../bus/event-bus.ts";
import type { Run } from "../saga/run.ts";
import { statusOf } from "../saga/status.ts";
import { finalStatuses, type Phase, type Status } from "../saga/tables.ts";

/** How a run stands after one of its events. */
export interface RunStatus {
  readonly id: string;
  readonly status: Status;
  readonly phase: Phase;
  /** The number of the event in its run, from 1. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The event's type; absent on the first of a watch, which says how the run stands. */
  readonly event?: string;
  readonly step?: string;
  /** What the event says, without payloads. */
  readonly detail: JsonObject;
}

/** Changes that a watcher has not taken yet; beyond them the oldest are dropped, and the numbers show it. */
const mostUntaken = 1000;

const lastEvents: ReadonlySet<string> = new Set(["RunCompleted", "RunCompensated", "RunFailed"]);

export class Watches {
  private readonly bus: EventBus;
  private readonly inboxes = new Map<string, Set<Inbox>>();
  private subscription: Subscription | undefined;

  constructor(bus: EventBus) {
    this.bus = bus;
  }

  /** Ends when the run has ended. `look` gives the run as it stands; it throws where there is none. */
  watch(id: string, look: (id: string) => Promise<Run>): AsyncIterableIterator<RunStatus> {
    const inbox = new Inbox();
    const told = this.tell(id, look, inbox);
    const watch: AsyncIterableIterator<RunStatus> = {
      next: () => told.next(),
      // Whoever has seen enough need not wait for what comes next.
      return: async () => {
        inbox.close();
        return told.return(undefined);
      },
      [Symbol.asyncIterator]: () => watch,
    };
    return watch;
  }

  private async *tell(
    id: string,
    look: (id: string) => Promise<Run>,
    inbox: Inbox,
  ): AsyncGenerator<RunStatus, undefined, void> {
    this.open(id, inbox);
    try {
      const run = await look(id);
      let seen = run.version;
      yield standing(run);
      if (finalStatuses.has(statusOf(run))) return undefined;
      for (;;) {
        const next = await inbox.take();
        if (!next) return undefined;
        if (next.version <= seen) continue;
        seen = next.version;
        yield next;
        if (next.event !== undefined && lastEvents.has(next.event)) return undefined;
      }
    } finally {
      this.close(id, inbox);
    }
  }

  /** Nothing more will come: every watch ends with this error. */
  giveUp(reason: Error): void {
    for (const inboxes of this.inboxes.values()) for (const inbox of inboxes) inbox.fail(reason);
  }

  private open(id: string, inbox: Inbox): void {
    const others = this.inboxes.get(id);
    if (others) others.add(inbox);
    else this.inboxes.set(id, new Set([inbox]));
    this.subscription ??= this.bus.onStatus((event) => this.hear(event));
  }

  private close(id: string, inbox: Inbox): void {
    const inboxes = this.inboxes.get(id);
    inboxes?.delete(inbox);
    if (inboxes?.size === 0) this.inboxes.delete(id);
    if (this.inboxes.size > 0) return;
    this.subscription?.stop();
    this.subscription = undefined;
  }

  private hear(event: StatusEvent): void {
    const inboxes = this.inboxes.get(event.runid);
    if (!inboxes) return;
    const status = statusFrom(event);
    for (const inbox of inboxes) inbox.put(status);
  }
}

class Inbox {
  private readonly untaken: RunStatus[] = [];
  private waiting: PromiseWithResolvers<RunStatus | undefined> | undefined;
  private failure: Error | undefined;
  private isClosed = false;

  put(status: RunStatus): void {
    if (this.waiting) {
      this.waiting.resolve(status);
      this.waiting = undefined;
      return;
    }
    this.untaken.push(status);
    if (this.untaken.length > mostUntaken) this.untaken.shift();
  }

  fail(reason: Error): void {
    this.failure = reason;
    this.waiting?.reject(reason);
    this.waiting = undefined;
  }

  /** Nobody wants more. */
  close(): void {
    this.isClosed = true;
    this.waiting?.resolve(undefined);
    this.waiting = undefined;
  }

  /** `undefined` when it is closed. */
  take(): Promise<RunStatus | undefined> {
    if (this.isClosed) return Promise.resolve(undefined);
    const next = this.untaken.shift();
    if (next) return Promise.resolve(next);
    if (this.failure) return Promise.reject(this.failure);
    if (this.waiting) broken("a watch takes one change at a time");
    this.waiting = Promise.withResolvers();
    return this.waiting.promise;
  }
}

const standing = (run: Run): RunStatus => ({
  id: run.id,
  status: statusOf(run),
  phase: run.phase,
  version: run.version,
  at: run.changedAt,
  detail: {},
});

/** The engine made it from a run, so that status and phase are of their kinds. */
const statusFrom = ({ runid, time, sequence, stepkey, data }: StatusEvent): RunStatus => ({
  id: runid,
  status: data.status as Status,
  phase: data.phase as Phase,
  version: Number(sequence),
  at: Date.parse(time),
  event: data.event,
  ...(stepkey === undefined ? {} : { step: stepkey }),
  detail: data.detail,
});
