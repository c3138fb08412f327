/**
 * What must hold, whatever goes wrong (semantics.md, 8). It sees what became durable, what leaves the processes and what
 * callers were told; it shares with the engine only the fold of events and the tables. Each violation is said once.
 *
 * Here is what became durable; each of the watches looks at one edge of the processes, and `judgement.ts` at the end.
 */
import type { JsonObject } from "../../base/json.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { GhostLedger } from "../../explore/ghost-ledger.ts";
import type { Recorded, Recording } from "../../journal/journal.ts";
import type { Run } from "../../saga/run.ts";
import type { SagaEvent } from "../../saga/event.ts";
import type { Status } from "../../saga/tables.ts";
import { AnswerWatch } from "./answer-watch.ts";
import { BlockWatch } from "./block-watch.ts";
import { ChildWatch } from "./child-watch.ts";
import { DutyWatch } from "./duty-watch.ts";
import type { Habit, PlannedRun, WorldPlan } from "./generate-world.ts";
import { KeptRun } from "./kept-run.ts";
import type { Life } from "./life.ts";
import { LimitWatch } from "./limit-watch.ts";
import { OutgoingWatch } from "./outgoing-watch.ts";
import { RerunWatch } from "./rerun-watch.ts";
import { byLuck } from "./script.ts";
import { SignalWatch } from "./signal-watch.ts";
import { TimeWatch } from "./time-watch.ts";
import { WordWatch } from "./word-watch.ts";

/** What the watches know of the runs, and where they say what is wrong. */
export interface Book {
  /** Milliseconds since 1970, by no process's clock. */
  readonly nowMs: () => number;
  /** How long what is decided may wait for the journal. */
  readonly mostCommitMs: number;
  /** What workers are like. */
  readonly habit: Habit;
  /** Whether the bus may hand out copies of a command, beside which nobody can say that it was taken once. */
  readonly copiesCommands: boolean;
  /** Keys of effects that operators have done or undone by hand, before they said so; they may have been refused. */
  readonly doneByHand: Set<string>;
  readonly undoneByHand: Set<string>;
  runs(): readonly KeptRun[];
  /** Whether this engine has given the command to the bus. */
  hasSent(life: Life, commandId: string): boolean;
  byUid(uid: string): KeptRun | undefined;
  byId(id: string): KeptRun | undefined;
  violate(what: string): void;
}

type Started = Extract<SagaEvent, { type: "RunStarted" }>;

/** Where somebody has to do something, or has done it. */
const toldAtOnce: ReadonlySet<Status> = new Set(["blocked", "suspended"]);

/** A few of them in a row. */
const slowCommitsMs = 60_000;

export class Oracle implements Book {
  readonly violations: string[] = [];
  readonly doneByHand = new Set<string>();
  readonly undoneByHand = new Set<string>();
  readonly answers: AnswerWatch;
  readonly outgoing: OutgoingWatch;
  readonly duties: DutyWatch;
  readonly times: TimeWatch;
  readonly words: WordWatch;
  readonly limits: LimitWatch;
  readonly reruns: RerunWatch;
  readonly blocks: BlockWatch;
  readonly signals: SignalWatch;
  readonly children: ChildWatch;
  readonly nowMs: () => number;
  readonly mostCommitMs: number;
  readonly habit: Habit;
  readonly copiesCommands: boolean;
  private readonly workflows: ReadonlyMap<string, Workflow>;
  private readonly planned: ReadonlyMap<string, PlannedRun>;
  private readonly kept = new Map<string, KeptRun>();
  private readonly ids = new Map<string, KeptRun>();

  constructor({ runs, children, weather, habit }: WorldPlan, ledger: GhostLedger, nowMs: () => number) {
    this.workflows = new Map(
      [...runs.map(({ workflow }) => workflow), ...children].map((workflow) => [workflow.hash, workflow]),
    );
    this.planned = new Map(runs.map((run) => [run.id, run]));
    this.nowMs = nowMs;
    this.mostCommitMs = weather["commit slow"] > 0 ? slowCommitsMs : 0;
    this.habit = habit;
    this.copiesCommands = weather["command duplicated"] > 0;
    this.answers = new AnswerWatch(this);
    this.outgoing = new OutgoingWatch(this);
    this.duties = new DutyWatch(this, ledger);
    this.times = new TimeWatch(this);
    this.words = new WordWatch(this);
    this.limits = new LimitWatch(this);
    this.reruns = new RerunWatch(this);
    this.blocks = new BlockWatch(this);
    this.signals = new SignalWatch(this);
    this.children = new ChildWatch(this, ledger);
  }

  runs(): readonly KeptRun[] {
    return [...this.kept.values()];
  }

  hasSent(life: Life, commandId: string): boolean {
    return this.outgoing.hasSent(life, commandId);
  }

  byUid(uid: string): KeptRun | undefined {
    return this.kept.get(uid);
  }

  byId(id: string): KeptRun | undefined {
    return this.ids.get(id);
  }

  /** Of a run that was started again, too. */
  plannedOf(id: string): PlannedRun | undefined {
    return this.ids.get(id)?.planned ?? this.planned.get(id);
  }

  /** A batch of this process became durable, as far as the outcomes say. */
  recorded(life: Life, batch: readonly Recording[], outcomes: readonly Recorded[]): void {
    batch.forEach((recording, place) => {
      if (outcomes[place] === "recorded") this.read(life, recording);
    });
  }

  /** A process that is no more has written (I19). */
  writtenByTheDead(life: Life): void {
    this.violate(`I19: ${life.name} is dead, and its batch was recorded`);
  }

  private read(life: Life, { id, uid, transition, row }: Recording): void {
    const [first] = transition.events;
    if (first?.type === "RunStarted") this.keep(id, uid, first);
    const kept = this.kept.get(uid);
    if (!kept) return this.violate(`I13: a transition of ${id} is recorded, and its start is not`);
    this.signals.read(kept, transition);
    this.times.read(life, kept, transition);
    this.words.read(kept, transition);
    for (const { invariant, message } of kept.read(transition, row)) this.violate(`${invariant}: ${id}: ${message}`);
    this.judgeRow(kept);
    this.outgoing.recorded(life, kept, transition);
    this.duties.recorded(kept, transition);
    this.times.recorded(kept, transition);
    this.words.recorded(life, kept, transition);
    this.limits.recorded(kept, transition);
    this.reruns.recorded(life, kept, transition);
    this.blocks.recorded(kept, transition);
    this.children.recorded(kept, transition);
  }

  /** What lists show follows at once where an operator is needed, and where the run turns or ends (architecture, 4). */
  private judgeRow({ id, row, run, status }: KeptRun): void {
    const isSaid = row?.status === status || !(toldAtOnce.has(status) || toldAtOnce.has(row?.status ?? "pending"));
    if (row?.phase !== run.phase || !isSaid)
      this.violate(`I14: ${id} is ${status} and ${run.phase}, its row says ${row?.status} and ${row?.phase}`);
  }

  private keep(id: string, uid: string, { definition, rerunOf, parent, input }: Started): void {
    const workflow = this.workflows.get(definition);
    if (!workflow) return this.violate(`C17: ${id} keeps a definition that nobody gave`);
    if (this.ids.has(id)) this.violate(`I1: ${id} was started twice`);
    const origin = this.plannedOf(rerunOf ?? "");
    const again = origin ? { ...origin, id, scripts: origin.scriptsAgain } : this.planned.get(id);
    const whole = this.plannedOf(parent?.run ?? "");
    const scripts = workflow.steps.map(() => byLuck);
    const planned = whole
      ? { ...whole, id, workflow, input: input as JsonObject, scripts, scriptsAgain: scripts }
      : again;
    const kept = new KeptRun(id, uid, workflow, planned);
    this.ids.set(id, kept);
    this.kept.set(uid, kept);
  }

  /** What an engine holds of a run, when everything is durable (I14). */
  compare(run: Run): void {
    for (const { message } of this.kept.get(run.uid)?.compare(run) ?? []) this.violate(`I14: ${run.id}: ${message}`);
  }

  violate(what: string): void {
    if (this.violations.length < 20 && !this.violations.includes(what)) this.violations.push(what);
  }
}
