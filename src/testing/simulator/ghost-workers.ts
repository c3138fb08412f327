/**
 * Workers that keep their duties (events.md, 5) over a ghost ledger, as far as their habit goes, and are unlucky by the dice: they refuse, crash
 * before or after the effect, are slow beyond any timeout, or never answer. What a step's script says overrules luck.
 *
 * How they reach the ledger is their habit: in one transaction with a store of their own, with or without a fence in it,
 * or as a provider that knows keys, to which a request may be under way when its process dies.
 */
import type { Json } from "../../base/json.ts";
import type { Catalogue } from "../../definition/catalogue.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import {
  Answer,
  compensated,
  type Handler,
  succeeded,
  type WorkContext,
  type Worker,
  worker,
  WorkFailed,
} from "../../worker/worker.ts";
import type { Dice } from "./dice.ts";
import { commandIdOf, type DutyWatch } from "./duty-watch.ts";
import type { Habit } from "./generate-world.ts";
import type { Life } from "./life.ts";
import type { Scheduler } from "./scheduler.ts";
import type { StepScript } from "./script.ts";

export interface GhostWorkersOptions {
  readonly ledger: GhostLedger;
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly life: Life;
  readonly habit: Habit;
  readonly catalogue: Catalogue;
  readonly duties: DutyWatch;
  /** How likely a worker is to fail or to be slow, of 1,000. */
  readonly unlucky: () => number;
  readonly scriptOf: (runId: string, step: string) => StepScript;
  readonly trace: (text: string) => void;
}

export class GhostWorkers {
  private readonly options: GhostWorkersOptions;
  private readonly atWork = new Map<string, WorkContext>();

  constructor(options: GhostWorkersOptions) {
    this.options = options;
  }

  workers(types: readonly string[]): Worker[] {
    return types.map((type) => worker(type, this.handler(type), { room: this.options.dice.between(1, 4) }));
  }

  /** Somebody asks how far it is. */
  nudge(commandId: string): void {
    const { scheduler, dice, life } = this.options;
    const context = this.atWork.get(commandId);
    if (!context) return;
    scheduler.in(dice.roll(200), `${life.name}: is nudged`, () => {
      if (!life.isOver) context.progress(undefined, "still at it");
    });
  }

  private handler(type: string): Handler {
    const { duties, life, habit, catalogue, scriptOf } = this.options;
    const handle = async (input: Json, context: WorkContext) => {
      // Who dies as he acknowledges what he must not begin twice has not begun.
      if (!life.isOver) duties.asked(life, input, context);
      this.atWork.set(commandIdOf(context), context);
      // As one does who hands it on to a request.
      void context.signal;
      const script = scriptOf(context.runId, context.step);
      if (context.action === "execute" && script.step === "silent") return this.keepSilent(context);
      const halfMs = this.patience() / 2;
      await this.works(halfMs);
      if (halfMs > tellsAfterMs) context.progress(50, "half of it is done");
      await this.works(halfMs);
      duties.looksUp(life, context, commandIdOf(context));
      if (context.action === "inquire") return this.tell(context);
      if (context.action === "compensate") return this.compensate(context, script);
      return habit === "storeless"
        ? this.request(input, context)
        : this.execute(input, context, script, catalogue.has(type));
    };
    return Object.assign(handle, { recall: (context: WorkContext) => this.recall(context) });
  }

  /** Duty 3: what a store knows without any work; who has none knows nothing. */
  private recall({ key, attempt }: WorkContext): Answer | undefined {
    const { ledger, habit } = this.options;
    if (habit === "storeless") return undefined;
    const known = ledger.known(key, `execute ${attempt}`);
    if (known.is === "done") return succeeded(known.output, known.undo);
    if (known.is === "closed") throw closed(true);
    if (known.is === "refused") throw refused(true, true, "refused");
    return undefined;
  }

  /** Whether it was done. Only who can keep it from happening from now on says that it was not. */
  private async tell({ undoes = "" }: WorkContext): Promise<Answer> {
    const { ledger, dice, habit, trace } = this.options;
    const luck = this.isUnlucky() ? dice.roll(4) : -1;
    if (luck === 0) throw new Error("it crashed before it looked");
    if (luck === 1) throw new WorkFailed({ code: "not now", title: "not now", effect: "possible" });
    const known = ledger.known(undoes, "");
    const isFencing = habit === "fenced" || habit === "sloppy";
    if (known.is === "unknown" && isFencing) ledger.close(undoes);
    trace(`inquiry about ${undoes}: it is ${known.is}`);
    if (luck === 2) await this.works(dice.between(1000, 120_000));
    if (known.is === "done") return new Answer({ outcome: "done", output: known.output, undo: known.undo });
    return new Answer({ outcome: known.is === "closed" || isFencing ? "not_done" : "unknown" });
  }

  private async execute(input: Json, context: WorkContext, { step: script }: StepScript, isBound: boolean) {
    const { ledger, dice, habit } = this.options;
    const { key, attempt } = context;
    const known = ledger.known(key, `execute ${attempt}`);
    if (known.is === "done") return succeeded(known.output, known.undo);
    if (known.is === "closed") throw closed(true);
    if (known.is === "refused") throw this.refused(context, true);
    if (script === "doubts") throw unclear();
    // What no row in its store keeps from happening it does not promise.
    if (context.signal.aborted && habit === "unfenced")
      throw new WorkFailed({ code: "cancelled", title: "it stopped" });
    if (context.signal.aborted) throw this.refused(context, true, "cancelled");
    if (script === "refuses") throw this.refused(context, false);
    const isFree = script === "by luck";
    const luck = this.isUnlucky() ? dice.roll(8) : -1;
    if (habit === "unfenced" && promising.has(luck)) throw new Error("it does not know what it may say");
    if (luck === 0) throw this.refused(context, true);
    if (luck === 1 && isFree) throw this.refused(context, false);
    if (luck === 2) throw new Error("it crashed before the effect");
    if (script === "closes" || (luck === 3 && isFree)) {
      ledger.close(key);
      if (this.isUnlucky()) await this.works(dice.between(1000, 60_000));
      throw closed(true);
    }
    const misfits = script === "misfits" || (luck === 6 && isFree && isBound);
    const output = this.effect(key, { of: misfits ? 7 : key, input });
    if (luck === 4) throw new Error("it crashed after the effect");
    if (luck === 5) await this.works(dice.between(1000, 120_000));
    if (luck === 7 && isFree && !this.isSloppy)
      throw new WorkFailed({ code: "unclear", title: "done or not", retryable: dice.chance(500) });
    return succeeded(output, { undo: key });
  }

  /** Asks a provider that knows keys and nothing of attempts: what it was asked for may happen after this process died. */
  private async request(input: Json, context: WorkContext) {
    const { ledger, dice, life, scheduler } = this.options;
    const { key } = context;
    const known = ledger.known(key, "");
    if (known.is === "done") return succeeded(known.output, known.undo);
    if (known.is === "closed") throw closed(false);
    const luck = this.isUnlucky() ? dice.roll(4) : -1;
    if (luck === 0 || context.signal.aborted) throw refused(true, false, "refused");
    if (luck === 1) throw refused(false, false, "refused");
    const arrives = new Promise<Json | undefined>((arrived) => {
      scheduler.in(dice.roll(dice.chance(300) ? 60_000 : 200), `provider: ${key}`, () => {
        const found = ledger.known(key, "");
        arrived(found.is === "unknown" ? this.effect(key, { of: key, input }) : outputIn(found));
      });
    });
    if (luck === 2) throw new Error("it crashed while it waited for the provider");
    const output = await life.call(() => arrives);
    if (output === undefined) throw closed(false);
    return succeeded(output, { undo: key });
  }

  private effect(key: string, output: Json): Json {
    this.options.trace(`effect of ${key}`);
    this.options.ledger.do(key, output, { undo: key });
    return output;
  }

  private async keepSilent(context: WorkContext): Promise<never> {
    const { life, dice } = this.options;
    if (context.attempt > mostSilences) throw unclear();
    await this.works(Math.max(context.deadline - life.now(), 0) + dice.roll(100));
    throw new Error("nothing was heard of it");
  }

  private async compensate(context: WorkContext, { undo: script }: StepScript) {
    const { ledger, dice, trace } = this.options;
    const { undoes = "", key, attempt, forward } = context;
    if (script === "cannot") throw new WorkFailed({ code: "stuck", title: "it cannot be undone", retryable: false });
    const luck = this.isUnlucky() ? dice.roll(6) : -1;
    if (luck === 0) throw new Error("it crashed before the undo");
    if (luck === 1) throw new WorkFailed({ code: "not now", title: "not now", effect: "possible" });
    if (luck === 4 && script === "by luck") throw new WorkFailed({ code: "stuck", title: "no", retryable: false });
    if (this.overlooks(undoes, forward?.outcome === "succeeded")) {
      if (dice.chance(400)) await this.works(dice.between(1000, 90_000));
      return compensated(false);
    }
    const found = this.options.habit === "unfenced" ? ledger.undoUnfenced(undoes) : ledger.undo(undoes);
    trace(`undo of ${undoes}: ${found ? "undone" : "nothing found"} (${key} ${attempt})`);
    if (luck === 2) throw new Error("it crashed after the undo");
    if (luck === 3) await this.works(dice.between(1000, 120_000));
    return compensated(found);
  }

  /** What it has undone it knows. */
  private overlooks(key: string, isInformed: boolean): boolean {
    const { ledger, dice } = this.options;
    return this.isSloppy && dice.chance(isInformed ? 500 : 600) && ledger.counts(key).undone === 0;
  }

  private get isSloppy(): boolean {
    return this.options.habit === "sloppy";
  }

  private refused({ key, attempt }: WorkContext, retryable: boolean, code = "refused"): WorkFailed {
    this.options.ledger.refuse(key, `execute ${attempt}`);
    return refused(retryable, true, code);
  }

  private isUnlucky(): boolean {
    return this.options.dice.chance(this.options.unlucky());
  }

  /** Mostly short; an unlucky worker is slow, and sometimes slower than anybody waits. */
  private patience(): number {
    const { dice } = this.options;
    if (!this.isUnlucky()) return dice.roll(40);
    return dice.chance(100) ? dice.between(60_000, 600_000) : dice.between(100, 30_000);
  }

  /** Takes its time; of a process that died meanwhile nothing comes. */
  private works(ms: number): Promise<void> {
    const { life, scheduler } = this.options;
    return life.call(() => new Promise((done) => scheduler.in(ms, `${life.name}: works`, done)));
  }
}

const tellsAfterMs = 500;

/** Luck with which a worker promises that nothing happened. */
const promising: ReadonlySet<number> = new Set([0, 1, 3]);

/** Then it says that nobody knows, so that the end comes before a long budget is spent. */
const mostSilences = 3;

const unclear = () => new WorkFailed({ code: "unclear", title: "nobody knows", retryable: false });

/** `isFenced`: a row in the worker's store stops every other delivery. */
const closed = (isFenced: boolean): WorkFailed =>
  new WorkFailed({ code: "closed", title: "the key is closed", scope: "key" }, isFenced);

const refused = (retryable: boolean, isFenced: boolean, code: string): WorkFailed =>
  new WorkFailed({ code, title: "no", effect: "none", retryable }, isFenced);

const outputIn = (known: ReturnType<GhostLedger["known"]>): Json | undefined =>
  known.is === "done" ? known.output : undefined;
