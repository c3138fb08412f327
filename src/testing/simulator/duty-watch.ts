/**
 * What a WorkerManager owes to its workers and to the bus (events.md, 5), and what it is given to work on (C11, C20, I4).
 * It also keeps what workers really answered, so that nothing can be recorded that nobody said (I2).
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Command, ResultData } from "../../bus/envelope.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { SagaEvent, Transition } from "../../saga/event.ts";
import type { WorkContext } from "../../worker/worker.ts";
import { expectedInput, type Given } from "./expected-result.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";
import { isMisfit } from "./outgoing-watch.ts";

/** A command in the hands of a process. */
interface InHand {
  readonly takenAtMs: number;
  readonly timeoutMs: number;
  /** Whether the bus still holds it to be in these hands. */
  readonly isHeld: () => boolean;
  isAdvised: boolean;
  isTold: boolean;
  isAnswered: boolean;
  /** A copy came while it was in hand: then nobody can say here which of the two a notice or a look is about. */
  readonly isTwice: boolean;
}

/** events.md, 5, duty 5, and a little for the way. */
const tellWithin = (timeoutMs: number): number => Math.min(1000, timeoutMs / 4) + 50;

export class DutyWatch {
  private readonly book: Book;
  private readonly ledger: GhostLedger;
  /** By run, step and action: the one key with which workers are asked. */
  private readonly keys = new Map<string, string>();
  /** By life and message id. */
  private readonly inHand = new Map<string, InHand>();
  /** Commands of which the bus has an answer. */
  private readonly answered = new Set<string>();

  constructor(book: Book, ledger: GhostLedger) {
    this.book = book;
    this.ledger = ledger;
  }

  private readonly given: Given = (key) => (this.ledger.outputOf(key) as JsonObject | undefined)?.["of"];

  taken(life: Life, { id, data }: Command, isHeld: () => boolean): void {
    const name = `${life.name} ${id}`;
    this.inHand.set(name, {
      takenAtMs: this.book.nowMs(),
      timeoutMs: data.context.timeoutMs,
      isHeld,
      isAdvised: false,
      isTold: false,
      isAnswered: false,
      isTwice: this.inHand.has(name),
    });
  }

  advised(life: Life, commandId: string): void {
    const inHand = this.inHand.get(`${life.name} ${commandId}`);
    if (inHand) inHand.isAdvised = true;
  }

  told(life: Life, commandId: string): void {
    const inHand = this.inHand.get(`${life.name} ${commandId}`);
    if (inHand) inHand.isTold = true;
  }

  /** Duty 5: work that lasts is told of. `isHeardAnyway`: the bus reports what is taken. */
  answering(life: Life, commandId: string, data: ResultData, isHeardAnyway: boolean): void {
    const inHand = this.inHand.get(`${life.name} ${commandId}`);
    if (inHand && !inHand.isTwice && data.outcome === "failed" && !inHand.isHeld())
      this.book.violate(`duty 2: ${commandId} was let go, and its failure was answered`);
    if (!inHand || inHand.isAnswered || isHeardAnyway || life.isStopping || life.machine.wasSet) return;
    inHand.isAnswered = true;
    const lastedMs = this.book.nowMs() - inHand.takenAtMs;
    if (!inHand.isTold && lastedMs > tellWithin(inHand.timeoutMs))
      this.book.violate(`duty 5: ${commandId} was in work for ${lastedMs} ms, and nobody was told`);
  }

  busHasAnswer(commandId: string): void {
    this.answered.add(commandId);
  }

  /** Duty 6. */
  acknowledged(life: Life, commandId: string): void {
    this.inHand.delete(`${life.name} ${commandId}`);
    if (!this.answered.has(commandId))
      this.book.violate(`duty 6: ${commandId} was acknowledged, and the bus has no answer to it`);
  }

  /** Duty 4, and that nobody is stopped before his time: what a handler sees when it looks up from its work. */
  looksUp(life: Life, { signal, deadline, ...context }: WorkContext, commandId: string): void {
    const inHand = this.inHand.get(`${life.name} ${commandId}`);
    if (!inHand || inHand.isTwice || life.isStopping) return;
    if (inHand.isAdvised && !signal.aborted)
      this.book.violate(`duty 4: ${commandId} is to be cancelled, and its handler does not see it`);
    const isEarly = signal.aborted && !inHand.isAdvised && !life.machine.wasSet && life.now() < deadline;
    if (isEarly) this.book.violate(`I17: ${commandId} (${context.step}) was stopped before its time`);
  }

  asked(input: Json, context: WorkContext): void {
    const { runUid, step, action, key, attempt } = context;
    const what = `${runUid}/${step}/${action}`;
    const known = this.keys.get(what);
    if (known !== undefined && known !== key)
      this.book.violate(`I4: attempt ${attempt} of ${what} has the key ${key}, and had ${known}`);
    this.keys.set(what, key);
    const other = this.keys.get(`${runUid}/${step}/${action === "execute" ? "compensate" : "execute"}`);
    if (other === key) this.book.violate(`I4: ${what} has the key of the other side, ${key}`);
    const kept = this.book.byUid(runUid);
    if (kept) this.judgeInput(kept, input, context);
  }

  private judgeInput(kept: KeptRun, input: Json, context: WorkContext): void {
    const { runUid: uid, step, action, attempt, forward, undo, undoes } = context;
    const isInformed = forward?.outcome === "succeeded";
    const expected = kept.planned && expectedInput(kept.planned, uid, step, action, isInformed, this.given);
    if (expected !== undefined && !isSame(input, expected))
      this.book.violate(`C11: ${uid}/${step}/${action}/${attempt} was given ${textOf(input)}, not ${textOf(expected)}`);
    if (action !== "compensate") return;
    if (undoes !== `${uid}/${step}`) this.book.violate(`C11: an undo of ${step} was asked to undo ${undoes}`);
    if (isInformed && !isSame(undo, { undo: undoes ?? "" }))
      this.book.violate(`C11: the undo of ${step} was given ${textOf(undo ?? null)}`);
    const successAt = kept.events.findIndex((event) => isSuccess(event) && event.step === step);
    const sentAt = kept.dispatchOf({ uid, step, action, attempt }) ?? 0;
    const isKnown = successAt >= 0 && successAt + 1 < sentAt;
    if (isKnown && !isInformed) this.book.violate(`C11: the undo of ${step} was not told of its success`);
  }

  /** Nothing is recorded as a success that no worker of this run has given, or that its contract does not allow. */
  recorded({ uid, workflow, id }: KeptRun, { events }: Transition): void {
    for (const event of events) {
      if (!isSuccess(event)) continue;
      const { step, output } = event;
      if (!isSame(output, this.ledger.outputOf(`${uid}/${step}`)))
        this.book.violate(`I2: ${id} has an output of ${step} that nobody gave`);
      const worker = workflow.steps[workflow.places.get(step) ?? -1]?.worker ?? "";
      // Once the step has settled, what counts is that the effect is there (C4).
      if (event.type === "StepSucceeded" && workflow.catalogue.has(worker) && isMisfit(output))
        this.book.violate(`C20: ${id} has an output of ${step} that its contract does not allow`);
    }
  }
}

const isSuccess = (event: SagaEvent): event is Extract<SagaEvent, { type: "StepSucceeded" | "LateSuccessRecorded" }> =>
  event.type === "StepSucceeded" || event.type === "LateSuccessRecorded";

const isSame = (a: Json | undefined, b: Json | undefined): boolean => textOf(a ?? null) === textOf(b ?? null);

function textOf(value: Json): string {
  const text = canonicalJson(value);
  return text.length > 200 ? `${text.slice(0, 100)}… (${text.length})` : text;
}

export const commandIdOf = ({ runUid, step, action, attempt }: WorkContext): string =>
  `${runUid}/${step}/${action}/${attempt}`;
