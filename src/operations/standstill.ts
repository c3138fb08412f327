/** Who waits for a run to come to rest: until it has ended, needs an operator, or, where asked for, has come to a long wait. */
import type { Clock } from "../base/clock.ts";
import type { ClewError } from "../base/errors.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Standing } from "../orchestrator/decided.ts";
import type { Run } from "../saga/run.ts";
import { statusOf } from "../saga/status.ts";
import { finalStatuses } from "../saga/tables.ts";
import { nextDueAt, notTaken } from "../saga/timers.ts";
import { type RunView, viewRun } from "./run-view.ts";

/** A wait that ends sooner is not worth going away for, milliseconds. */
const shortWaitMs = 60_000;

interface Waiter {
  readonly atWaits: boolean;
  readonly resolve: (view: RunView) => void;
  readonly reject: (reason: ClewError) => void;
}

interface Seen {
  readonly workflow: Workflow;
  readonly run: Run;
}

export class Standstills {
  private readonly waiters = new Map<string, Waiter[]>();
  private readonly clock: Pick<Clock, "now">;

  constructor(clock: Pick<Clock, "now">) {
    this.clock = clock;
  }

  /** `look`: how the run stands, unless its own next commit will tell. */
  async of(id: string, atWaits: boolean, look: () => Promise<Seen | undefined>): Promise<RunView> {
    const waiter = { ...Promise.withResolvers<RunView>(), atWaits };
    // It may be given up while the journal is asked; then the journal's own answer is the one that counts.
    waiter.promise.catch(() => {});
    this.waiters.set(id, [...(this.waiters.get(id) ?? []), waiter]);
    try {
      const seen = await look();
      if (seen && this.isAtRest(seen.workflow, seen.run, statusOf(seen.run), atWaits))
        return viewRun(seen.workflow, seen.run);
      return await waiter.promise;
    } finally {
      this.forget(id, waiter);
    }
  }

  /** A commit; where a later decision has moved the run on, that one's tells. */
  changed(run: Run, { status, version }: Standing, workflow: Workflow): void {
    if (this.waiters.size === 0 || run.version !== version) return;
    const waiting = this.waiters.get(run.id);
    const told = waiting?.filter(({ atWaits }) => this.isAtRest(workflow, run, status, atWaits)) ?? [];
    if (told.length === 0) return;
    const view = viewRun(workflow, run);
    for (const waiter of told) {
      this.forget(run.id, waiter);
      waiter.resolve(view);
    }
  }

  giveUp(reason: ClewError): void {
    for (const waiting of [...this.waiters.values()]) for (const waiter of waiting) waiter.reject(reason);
    this.waiters.clear();
  }

  private isAtRest(workflow: Workflow, run: Run, status: Standing["status"], atWaits: boolean): boolean {
    if (finalStatuses.has(status) || status === "blocked" || status === "suspended") return true;
    if (!atWaits || status !== "waiting" || run.out.length > 0) return false;
    const dueAt = nextDueAt(workflow, run, () => notTaken);
    return dueAt === undefined || dueAt - this.clock.now() > shortWaitMs;
  }

  private forget(id: string, waiter: Waiter): void {
    const others = (this.waiters.get(id) ?? []).filter((one) => one !== waiter);
    if (others.length > 0) this.waiters.set(id, others);
    else this.waiters.delete(id);
  }
}
