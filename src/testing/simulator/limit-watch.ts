/**
 * Limits (semantics.md, C25): never more runs of a key than their workflow admits; who waits does nothing, names somebody
 * who had a place, comes in the order of the start, and does not wait for a place that is free. What C5 has reopened takes
 * none.
 */
import type { SagaEvent, Transition } from "../../saga/event.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Book } from "./oracle.ts";

export class LimitWatch {
  private readonly book: Book;
  /** Runs of one workflow and one key, in the order of their start. */
  private readonly scopes = new Map<string, KeptRun[]>();
  /** How many runs have had to wait. */
  held = 0;

  constructor(book: Book) {
    this.book = book;
  }

  recorded(kept: KeptRun, { events }: Transition): void {
    const most = kept.workflow.limit?.runs;
    if (most === undefined) return;
    for (const event of events) this.judgeEvent(kept, event);
    const scope = this.scopeOf(kept);
    const inPlace = scope.filter(hasPlace);
    if (inPlace.length > most)
      this.violate(`${namesOf(inPlace)} are open, and ${most} may be of ${keyOf(kept)} (${kept.workflow.name})`);
    if (kept.run.holder === undefined) return;
    const { steps, phase } = kept.run;
    const hasBegun = steps.some((step) => step && (step.attempts.length > 0 || step.state === "succeeded"));
    if (hasBegun) this.violate(`${kept.id} waits for a place, and has begun`);
    if (phase === "draining" || phase === "backward") this.violate(`${kept.id} waits for a place, and is ${phase}`);
  }

  private judgeEvent(kept: KeptRun, event: SagaEvent): void {
    const scope = this.scopeOf(kept);
    if (event.type === "RunStarted") {
      if (event.limitKey !== keyOf(kept))
        this.violate(`${kept.id} is counted for ${event.limitKey}, and is of ${keyOf(kept)}`);
      scope.push(kept);
    } else if (event.type === "RunHeld") {
      this.held++;
      const holder = scope.find(({ id }) => id === event.holder);
      // Whose turn has come has its place, though that may be on its way into the journal.
      const isComing = scope.filter(hasPlace).length < (kept.workflow.limit?.runs ?? 0);
      if (!holder || holder === kept || (isWaiting(holder) && !isComing))
        this.violate(`${kept.id} waits for ${event.holder}, which has no place`);
    } else if (event.type === "RunAdmitted" && kept.workflow.limit?.runs === 1) {
      // Where there are more places than one, whose turn has come may still be on his way.
      const earlier = scope.slice(0, scope.indexOf(kept)).find(isWaiting);
      if (earlier) this.violate(`${kept.id} was admitted before ${earlier.id}`);
    }
  }

  /** Whether it waits rightly, when everything has come to rest. */
  isHeldRightly(kept: KeptRun): boolean {
    const { limit } = kept.workflow;
    return limit !== undefined && isWaiting(kept) && this.scopeOf(kept).filter(hasPlace).length >= limit.runs;
  }

  private scopeOf(kept: KeptRun): KeptRun[] {
    const name = `${kept.workflow.name} ${keyOf(kept)}`;
    let scope = this.scopes.get(name);
    if (!scope) this.scopes.set(name, (scope = []));
    return scope;
  }

  private violate(what: string): void {
    this.book.violate(`C25: ${what}`);
  }
}

const isWaiting = ({ run }: KeptRun): boolean => run.phase !== "ended" && run.holder !== undefined;

const hasPlace = (kept: KeptRun): boolean =>
  kept.run.phase !== "ended" && kept.run.holder === undefined && !kept.has("RunReopened");

/** As `enrich-world.ts` writes it. */
const keyOf = ({ run }: KeptRun): string => (run.input as { readonly customer: string }).customer;

const namesOf = (runs: readonly KeptRun[]): string => runs.map(({ id }) => id).join(" and ");
