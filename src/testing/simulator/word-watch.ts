/**
 * What operators say and are told (semantics.md, 7). Each word has a name of its own, with which it is recorded: what is
 * carried out was said, once, and had not to be refused; what is refused is refused rightly, and nothing of it is recorded.
 */
import type { ErrorCode } from "../../base/errors.ts";
import type { VerbAnswer } from "../../orchestrator/orchestrator-options.ts";
import type { SagaEvent, SagaEventType, Transition } from "../../saga/event.ts";
import type { KeptRun } from "./kept-run.ts";
import type { Life } from "./life.ts";
import type { Book } from "./oracle.ts";
import { parentActor } from "./child-watch.ts";
import { type Said, verdictOf } from "./verb-rules.ts";

/** What one operator has asked one life of the engine for. */
export interface Word {
  /** By which it is recorded. */
  readonly actor: string;
  readonly id: string;
  readonly verb: Said;
  readonly expected: number | undefined;
  readonly life: Life;
  /** Which version of the run was durable then; none where no run was. */
  readonly fromVersion: number | undefined;
  refusedAs?: ErrorCode;
  /** By the engine's clock. */
  refusedAtMs: number;
}

export class WordWatch {
  private readonly book: Book;
  private readonly words = new Map<string, Word>();
  /** By word: the version that its record left. */
  private readonly done = new Map<Word, number>();
  /** Refusals by what is decided and not durable yet. */
  private readonly unexplained = new Set<Word>();
  /** How often each was refused rightly. */
  readonly refusals = new Map<string, number>();

  constructor(book: Book) {
    this.book = book;
  }

  say(life: Life, id: string, verb: Said, expected: number | undefined): Word {
    const actor = `operator ${this.words.size + 1}`;
    const fromVersion = this.book.byId(id)?.events.length;
    const word: Word = { ...{ actor, id, verb, expected, life, fromVersion }, refusedAtMs: Infinity };
    this.words.set(actor, word);
    return word;
  }

  /** Before the transition is folded. */
  read(kept: KeptRun, { events }: Transition): void {
    const said = events.find(isOfOperator);
    // What a parent has its child do is for `child-watch.ts`.
    if (!said || said.actor === parentActor) return;
    const violate = (what: string) => this.book.violate(`semantics.md, 7: ${said.type} of ${kept.id} ${what}`);
    const word = this.words.get(said.actor);
    if (word?.id !== kept.id || !eventsOf[word.verb.type].includes(said.type))
      return violate(`is recorded, and ${said.actor} said something else`);
    if (this.done.has(word)) return violate(`is recorded twice for ${said.actor}`);
    if (word.refusedAs) return violate(`is recorded, and was refused: ${word.refusedAs}`);
    const version = kept.events.length;
    this.done.set(word, version + events.length);
    // A rerun is decided before it is written down, and what comes late to the old run in between changes nothing.
    const isRerun = word.verb.type === "rerun";
    if (isRerun && (word.expected ?? Infinity) < (word.fromVersion ?? 0)) violate("was for another version");
    const verdict = verdictOf(kept.workflow, kept.run, word.verb, isRerun ? undefined : word.expected);
    if (verdict !== "recorded") violate(`had to be refused, or to change nothing: ${verdict}`);
  }

  /** He was told that the run stands at this version, and whether it is by his word. */
  answered(word: Word, answer: VerbAnswer): void {
    const { id, verb, life } = word;
    if (life.isOver) return;
    const { changed, version } = answer;
    const kept = this.book.byId(id);
    const violate = (what: string) => this.book.violate(`I1: ${verb.type} of ${id} was answered ${what}`);
    if (!kept) return violate("and the run is not in the journal");
    if (kept.events.length < version) return violate("before it was durable");
    if (changed && this.done.get(word) !== version) return violate("and is not recorded");
    if (changed && verb.type === "rerun" && this.book.byId(answer.run ?? "")?.run.rerunOf !== id)
      return violate(`with ${answer.run}, which was not started again from it`);
    if (changed) return;
    const run = kept.runAt(version);
    const isSoAlready =
      verb.type === "rerun" ? run.reruns.length > 0 : verdictOf(kept.workflow, run, verb, word.expected) === "nothing";
    if (!isSoAlready) violate("as if there were nothing to do");
  }

  /** He was told why his word is not carried out. */
  refused(word: Word, code: ErrorCode): void {
    const { id, life, verb, fromVersion } = word;
    if (life.isOver) return;
    word.refusedAs = code;
    word.refusedAtMs = life.now();
    const kept = this.book.byId(id);
    if (this.done.has(word)) this.book.violate(`semantics.md, 7: ${verb.type} of ${id} is recorded, and was refused`);
    if (code === "run_unknown" || !kept) {
      if (fromVersion !== undefined || code !== "run_unknown")
        this.book.violate(`I1: ${verb.type} of ${id} was refused with ${code}`);
      return this.count(code);
    }
    const versions = [...kept.transitions.keys()].filter((version) => version >= (fromVersion ?? 0));
    if (versions.some((version) => this.explains(kept, word, version))) return this.count(code);
    this.unexplained.add(word);
  }

  /** Whether it is what must be said of the run as it stood at this version. */
  private explains(kept: KeptRun, { verb, expected, refusedAs }: Word, version: number): boolean {
    return verdictOf(kept.workflow, kept.runAt(version), verb, expected) === refusedAs;
  }

  /** What was decided before a refusal becomes durable after it. */
  recorded(life: Life, kept: KeptRun, { at }: Transition): void {
    for (const word of this.unexplained) {
      if (word.id !== kept.id) continue;
      const isDecidedLater = at > word.refusedAtMs && !life.machine.wasSet;
      if (word.life !== life) this.unexplained.delete(word);
      else if (isDecidedLater) this.isWrong(word);
      else if (this.explains(kept, word, kept.events.length)) this.isRight(word);
    }
  }

  /** At rest everything is durable. */
  judge(): void {
    for (const word of this.unexplained) if (!word.life.isOver) this.isWrong(word);
  }

  private isRight(word: Word): void {
    this.unexplained.delete(word);
    this.count(word.refusedAs ?? "");
  }

  private isWrong(word: Word): void {
    const { id, verb, refusedAs } = word;
    this.unexplained.delete(word);
    const kept = this.book.byId(id);
    const { expected = -1 } = word;
    const run = kept?.transitions.has(expected) ? kept.runAt(expected) : kept?.run;
    const verdict = kept && run && verdictOf(kept.workflow, run, verb, word.expected);
    this.book.violate(`semantics.md, 7: ${verb.type} of ${id} was refused with ${refusedAs}, and must be ${verdict}`);
  }

  private count(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}

const isOfOperator = (event: SagaEvent): event is Extract<SagaEvent, { readonly actor: string }> => "actor" in event;

/** What is recorded of a verb. */
const eventsOf: Readonly<Record<Said["type"], readonly SagaEventType[]>> = {
  cancel: ["CancelRequested"],
  abandon: ["RunAbandoned"],
  suspend: ["RunSuspended"],
  resume: ["RunResumed"],
  rerun: ["RunRerun"],
  signal: ["SignalReceived"],
  retry: ["StepRetried", "CompensationRetried", "BlockRetried"],
  resolve: ["StepResolved", "CompensationResolved"],
  skip: ["StepSkipped", "CompensationSkipped", "EffectAccepted", "BlockSkipped"],
};
