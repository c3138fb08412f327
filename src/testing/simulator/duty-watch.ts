/**
 * What a WorkerManager owes to its workers and to the bus (events.md, 5), and what it is given to work on (C11, C20, I4).
 * It also keeps what workers really answered, so that nothing can be recorded that nobody said (I2).
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json } from "../../base/json.ts";
import type { Command, ResultData } from "../../bus/envelope.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { SagaEvent, Transition } from "../../saga/event.ts";
import type { WorkContext } from "../../worker/worker.ts";
import { expectedInput } from "./expected-result.ts";
import type { Dispatch, KeptRun } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";
import { givenIn } from "./given.ts";
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
  /** When it became too old to be worked on, and whether its worker's store knew of it when it came. */
  readonly expiresAtMs: number;
  readonly isKnown: boolean;
  /** It is acknowledged before it is worked on (C24). */
  readonly isOnce: boolean;
  /** A copy came while it was in hand: then nobody can say here which of the two a notice or a look is about. */
  readonly isTwice: boolean;
}

/** events.md, 5, duty 5, and a little for the way. */
const tellWithin = (timeoutMs: number): number => Math.min(1000, timeoutMs / 4) + 50;

export class DutyWatch {
  private readonly book: Book;
  private readonly ledger: GhostLedger;
  /** What must not be begun twice, and was begun. */
  private readonly begun = new Set<string>();
  /** By life and message id. */
  private readonly inHand = new Map<string, InHand>();
  /** Commands of which the bus has an answer. */
  private readonly answered = new Set<string>();

  constructor(book: Book, ledger: GhostLedger) {
    this.book = book;
    this.ledger = ledger;
  }

  taken(life: Life, command: Command, isHeld: () => boolean): void {
    const { id, data, expirytime, idempotencykey = "", attempt = 0 } = command;
    const name = `${life.name} ${id}`;
    const isRecalled = this.book.habit !== "storeless";
    this.inHand.set(name, {
      expiresAtMs: expirytime === undefined ? Infinity : Date.parse(expirytime),
      isKnown: isRecalled && this.ledger.known(idempotencykey, `execute ${attempt}`).is !== "unknown",
      isOnce: data.context.execution === "at_most_once",
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
    if (inHand && !inHand.isTwice && !inHand.isOnce && data.outcome === "failed" && !inHand.isHeld())
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

  /** Duty 6; and duty 3: of what came too late its worker says what its store knows, and else nothing. */
  acknowledged(life: Life, commandId: string): void {
    const name = `${life.name} ${commandId}`;
    const inHand = this.inHand.get(name);
    const isLate = inHand !== undefined && inHand.expiresAtMs < life.now();
    if (inHand?.isOnce && !isLate) return;
    this.inHand.delete(name);
    if (this.answered.has(commandId) || (isLate && !inHand.isKnown)) return;
    const duty = isLate ? 3 : 6;
    this.book.violate(`duty ${duty}: ${commandId} was acknowledged, and the bus has no answer to it`);
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

  asked(life: Life, input: Json, context: WorkContext): void {
    const { runUid: uid, step, action, key, attempt } = context;
    const commandId = commandIdOf(context);
    const inHand = this.inHand.get(`${life.name} ${commandId}`);
    if (inHand && inHand.expiresAtMs < life.now()) this.book.violate(`duty 3: ${commandId} was begun too late`);
    if (inHand?.isOnce && action === "execute") this.beginOnce(commandId);
    const kept = this.book.byUid(uid);
    const dispatch = kept?.dispatchOf({ uid, step, action, attempt });
    if (!kept || !dispatch) return this.book.violate(`C18: ${commandId} is asked for, and is not recorded`);
    if (inHand && inHand.expiresAtMs !== dispatch.expiresAtMs)
      this.book.violate(
        `events.md, 2: ${commandId} says ${inHand.expiresAtMs}, and expires at ${dispatch.expiresAtMs}`,
      );
    const expected = action === "compensate" ? `${dispatch.key}!undo` : dispatch.key;
    if (key !== expected) this.book.violate(`I4: ${commandId} has the key ${key}, and must have ${expected}`);
    this.judgeInput(kept, input, context, dispatch);
  }

  private beginOnce(commandId: string): void {
    if (this.begun.has(commandId) && !this.book.copiesCommands)
      this.book.violate(`C24: ${commandId} was worked on twice`);
    this.begun.add(commandId);
  }

  private judgeInput(kept: KeptRun, input: Json, context: WorkContext, dispatch: Dispatch): void {
    const { runUid: uid, step, action, attempt, forward, undo, undoes } = context;
    const isInformed = forward?.outcome === "succeeded";
    const given = givenIn(kept, this.ledger, step, isInformed);
    const expected =
      kept.planned && expectedInput(kept.planned, { step, action, isKnown: isInformed, given, dispatch });
    // What was skipped may come to light later: then the same reference gives something else than before.
    if (expected !== undefined && !kept.has("StepSkipped") && !isSame(input, expected))
      this.book.violate(`C11: ${uid}/${step}/${action}/${attempt} was given ${textOf(input)}, not ${textOf(expected)}`);
    if (action === "execute") return;
    if (undoes !== dispatch.key) this.book.violate(`C11: ${action} of ${dispatch.key} asks about ${undoes}`);
    if (action === "inquire") return;
    // An operator who says that it was done does not say how to undo it.
    const said = kept.stepOf(step)?.mended?.word === "done" ? null : { undo: undoes ?? "" };
    if (isInformed && !isSame(undo, said))
      this.book.violate(`C11: the undo of ${step} was given ${textOf(undo ?? null)}`);
    const successAt = kept.events.findIndex((event) => isKnownBy(event) && event.step === step);
    const isKnown = successAt >= 0 && successAt + 1 < dispatch.number;
    if (isKnown && !isInformed) this.book.violate(`C11: the undo of ${step} was not told of its success`);
  }

  /** Nothing is recorded as a success that no worker of this run has given, or that its contract does not allow. */
  recorded(kept: KeptRun, { events }: Transition): void {
    for (const event of events) {
      if (!isSuccess(event) || kept.planOf(event.step)?.act.is !== "work") continue;
      const { id, uid } = kept;
      const { step, attempt, output } = event;
      const key = event.by ? kept.keyOf(step) : kept.dispatchOf({ uid, step, action: "execute", attempt })?.key;
      if (!isSame(output, this.ledger.outputOf(key ?? "")))
        this.book.violate(`I2: ${id} has an output of ${step} that nobody gave`);
      // Once the step has settled, what counts is that the effect is there (C4).
      const isBound = kept.workflow.catalogue.has(kept.planOf(step)?.worker ?? "");
      if (event.type === "StepSucceeded" && isBound && isMisfit(output))
        this.book.violate(`C20: ${id} has an output of ${step} that its contract does not allow`);
    }
  }
}

const isKnownBy = (event: SagaEvent): event is Extract<SagaEvent, { step: string }> & SagaEvent =>
  isSuccess(event) || (event.type === "StepResolved" && event.outcome === "done");

const isSuccess = (event: SagaEvent): event is Extract<SagaEvent, { type: "StepSucceeded" | "LateSuccessRecorded" }> =>
  event.type === "StepSucceeded" || event.type === "LateSuccessRecorded";

const isSame = (a: Json | undefined, b: Json | undefined): boolean => textOf(a ?? null) === textOf(b ?? null);

function textOf(value: Json): string {
  const text = canonicalJson(value);
  return text.length > 200 ? `${text.slice(0, 100)}… (${text.length})` : text;
}

export const commandIdOf = ({ runUid, step, action, attempt }: WorkContext): string =>
  `${runUid}/${step}/${action}/${attempt}`;
