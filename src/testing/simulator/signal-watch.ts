/**
 * Signals (semantics.md, C22): each is taken in once, ends one wait, and is not lost: it ends the wait that is open, or is
 * kept for the first that begins while it is fresh.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json } from "../../base/json.ts";
import type { SagaEvent, Transition } from "../../saga/event.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Book } from "./oracle.ts";

interface Signal {
  readonly id: string;
  readonly signal: string;
  readonly payload: Json;
  readonly atMs: number;
  /** It has ended a wait, or was too old when another one came: then it is gone, wherever the clock is set. */
  isUsed: boolean;
}

interface Inbox {
  readonly signals: Signal[];
  /** Waits for a signal that are open, by key: which, in the order in which they began. */
  readonly waits: Map<string, string>;
}

type WaitEnded = Extract<SagaEvent, { type: "WaitEnded" }>;

export class SignalWatch {
  private readonly book: Book;
  /** By the uid of the run. */
  private readonly inboxes = new Map<string, Inbox>();
  /** How many have ended a wait. */
  used = 0;

  constructor(book: Book) {
    this.book = book;
  }

  /** Before the transition is folded. */
  read(kept: KeptRun, { at, events }: Transition): void {
    const inbox = this.inboxOf(kept);
    for (const [place, event] of events.entries()) {
      const next = events[place + 1];
      switch (event.type) {
        case "SignalReceived":
          this.received(kept, inbox, event, next, at);
          break;
        case "WaitBegan":
          this.began(kept, inbox, event.step, next, at);
          break;
        case "WaitEnded":
          if (event.by === "signal") this.ended(kept, inbox, event, at);
          inbox.waits.delete(event.step);
          break;
        case "StepFailed":
          inbox.waits.delete(event.step);
          break;
        case "RunTurned":
        case "RunAbandoned":
          inbox.waits.clear();
          break;
        default:
          break;
      }
    }
  }

  private received(
    kept: KeptRun,
    { signals, waits }: Inbox,
    { signal, id, payload }: Extract<SagaEvent, { type: "SignalReceived" }>,
    next: SagaEvent | undefined,
    atMs: number,
  ): void {
    if (signals.some((one) => one.id === id)) this.violate(`the signal ${id} was taken in twice by ${kept.id}`);
    for (const one of signals) one.isUsed ||= !isFresh(kept, one, atMs);
    signals.push({ id, signal, payload, atMs, isUsed: false });
    const [waiting] = [...waits].flatMap(([key, name]) => (name === signal ? [key] : []));
    if (waiting === undefined) return;
    const isEnded = next?.type === "WaitEnded" && next.step === waiting && next.signal === id;
    if (!isEnded) this.violate(`${waiting} of ${kept.id} waits for ${signal}, and goes on waiting`);
  }

  private began(kept: KeptRun, { signals, waits }: Inbox, key: string, next: SagaEvent | undefined, at: number): void {
    const act = kept.planOf(key)?.act;
    if (act?.is !== "wait" || act.signal === undefined) return;
    waits.set(key, act.signal);
    const first = signals.find((one) => !one.isUsed && one.signal === act.signal && isFresh(kept, one, at));
    if (first === undefined) return;
    const isEnded = next?.type === "WaitEnded" && next.step === key && next.signal === first.id;
    if (!isEnded) this.violate(`${kept.id} has ${first.id}, and ${key} waits for it`);
  }

  private ended(kept: KeptRun, { signals, waits }: Inbox, event: WaitEnded, at: number): void {
    const { step, signal: id, output = null } = event;
    const found = signals.find((one) => one.id === id);
    const isMeant = found && found.signal === waits.get(step) && canonicalJson(found.payload) === canonicalJson(output);
    if (!isMeant) return this.violate(`${step} of ${kept.id} ends by ${id}, which nobody sent`);
    if (found.isUsed) this.violate(`${id} ends ${step} of ${kept.id}, and has ended another wait`);
    if (!isFresh(kept, found, at)) this.violate(`${id} ends ${step} of ${kept.id}, and is too old`);
    found.isUsed = true;
    this.used++;
  }

  private inboxOf({ uid }: KeptRun): Inbox {
    let inbox = this.inboxes.get(uid);
    if (!inbox) this.inboxes.set(uid, (inbox = { signals: [], waits: new Map() }));
    return inbox;
  }

  private violate(what: string): void {
    this.book.violate(`C22: ${what}`);
  }
}

const isFresh = ({ workflow }: KeptRun, { atMs }: Signal, at: number): boolean => at - atMs < workflow.signalMaxAgeMs;
