/**
 * The Orchestrator: intake → decide → commit → publish (architecture.md, 1). It holds no rule of a saga; those lie in
 * `saga/`. It owns what runs are in memory, what is decided and not yet durable, and what is due.
 *
 * 1. Nothing leaves before the commit that covers it: no answer, no command, no status event, no acknowledgement.
 * 2. Inputs of one run are decided one after the other, each on the state that the one before left.
 * 3. What cannot be committed ends the engine: its outcome is unknown, and a restart reads what is true.
 */
import { assert, broken, ClewError } from "../base/errors.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { isAnyRunId, isRunId } from "../base/ids.ts";
import type { Progress, Result } from "../bus/envelope.ts";
import type { Delivery, Subscription } from "../bus/event-bus.ts";
import { emptyCatalogue } from "../definition/catalogue.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Recording, RunRecord } from "../journal/journal.ts";
import { advance, type Decision } from "../saga/decide.ts";
import type { Actor } from "../saga/event.ts";
import { copyRun, emptyRun } from "../saga/evolve.ts";
import type { SagaInput, Verb } from "../saga/input.ts";
import type { Run } from "../saga/run.ts";
import { ActiveRun } from "./active-run.ts";
import { Attention } from "./attention.ts";
import { Children } from "./children.ts";
import { Decided, type DecidedOwner } from "./decided.ts";
import { GroupCommit, type Settlement } from "./group-commit.ts";
import type { OperatorVerb, OrchestratorOptions, Started, VerbAnswer } from "./orchestrator-options.ts";
import { Publisher } from "./publisher.ts";
import {
  badRunId,
  engineFailed,
  overloaded,
  refusalOf,
  refuseMisfit,
  requireLimitKey,
  runExists,
  runUnknown,
  type StartRequest,
} from "./start-request.ts";
import { RunMemory } from "./run-memory.ts";
import { Places } from "./places.ts";
import { changesRow, isParkable, rowAfter } from "./row.ts";
import { startAgain } from "./start-again.ts";
import { Timers } from "./timers.ts";
import { Workflows } from "./workflows.ts";

/** Runs that a restart takes up in one page. */
const recoveryPage = 500;

export class Orchestrator implements DecidedOwner {
  private readonly options: OrchestratorOptions;
  private readonly workflows: Workflows;
  private readonly commit: GroupCommit;
  private readonly publisher: Publisher;
  private readonly timers: Timers;
  private readonly places = new Places();
  private readonly attention: Attention;
  private readonly children: Children;
  private readonly memory: RunMemory;
  private readonly recordedDefinitions = new Set<string>();
  private subscriptions: Subscription[] = [];
  private state: "new" | "running" | "stopped" | "failed" = "new";

  constructor(options: OrchestratorOptions) {
    this.options = options;
    this.workflows = new Workflows(
      options.journal,
      options.catalogue ?? { contracts: emptyCatalogue, isComplete: false },
    );
    this.commit = new GroupCommit(options.journal, options.clock, (cause) => this.fail(cause));
    const { workflows } = this;
    this.memory = new RunMemory({
      journal: options.journal,
      workflows,
      mayLeave: (run) => this.timers.mayLeave(run.nextDueAt()),
      onLeave: (run) => this.left(run),
    });
    this.attention = new Attention({
      clock: options.clock,
      bus: options.bus,
      runs: () => this.memory.all(),
      decide: (run, input) => this.decide(run, input),
    });
    this.children = new Children({
      find: (id) => this.memory.find(id),
      release: (run) => this.memory.release(run),
      decide: (run, input, settled) => this.decide(run, input, settled),
      afterwards: (settled) => this.commit.afterwards(settled),
      workflowNamed: (name) => workflows.named(name),
      start: (request) => this.startRun(request),
      fail: (cause) => this.fail(cause),
    });
    this.publisher = new Publisher(
      { ...options, home: Orchestrator.home },
      {
        attention: this.attention,
        children: this.children,
        decide: (run, input) => this.decide(run, input),
        watch: (run) => this.timers.watch(run),
        release: (run) => this.memory.release(run),
      },
    );
    this.timers = new Timers({
      clock: options.clock,
      journal: options.journal,
      fire: (run, now) => this.fireTimers(run, now),
      wake: (record) => this.wake(record),
      readsRows: (isReading) => this.memory.readsRows(isReading),
      fail: (cause) => this.fail(cause),
    });
  }

  /** The token to which workers send results: here, all of them (events.md, 4). */
  static readonly home = "embedded";

  /** Takes up what an earlier life left, then listens. `workflows` are those that children may be of. */
  async start(workflows: readonly Workflow[] = []): Promise<void> {
    assert(this.state === "new", "an orchestrator is started once");
    this.state = "running";
    const { bus } = this.options;
    this.subscriptions = [bus.onProgress((progress) => this.progressed(progress))];
    await this.workflows.start();
    await this.workflows.bring(workflows);
    await this.recover();
    await this.places.read(this.options.journal, async (hash) => (await this.workflows.recorded(hash)).limit?.runs);
    this.subscriptions.push(bus.consumeResults(Orchestrator.home, (delivery) => this.receive(delivery)));
    await this.timers.start();
    for (const id of this.places.free()) this.admit(id);
  }

  /** Takes in nothing more, makes durable what is decided, and stops. Idempotent. */
  async stop(): Promise<void> {
    if (this.state === "stopped" || this.state === "new") {
      this.state = "stopped";
      return;
    }
    if (this.state === "running") this.state = "stopped";
    for (const subscription of this.subscriptions.splice(0)) subscription.stop();
    this.timers.stop();
    this.attention.stop();
    this.children.stop();
    await this.commit.drained();
    this.publisher.stop();
  }

  /** How many runs are held in memory. */
  get activeRuns(): number {
    return this.memory.size;
  }

  /** Whether the run is in memory and its next commit will tell how it goes on. */
  isUnderWay(id: string): boolean {
    const active = this.memory.get(id);
    if (!active || active.isVoid || active.parked) return false;
    return active.run.phase !== "ended" && active.run.incidents.length === 0;
  }

  /** Starts a run. Resolves when it is durable; throws `invalid_input`, `run_exists`, `overloaded`. */
  async startRun(request: StartRequest): Promise<Started> {
    this.assertRunning();
    const uid = this.options.ids.uid();
    const id = request.id ?? uid;
    const { parent } = request;
    const isId = parent ? isAnyRunId : isRunId;
    if (typeof id !== "string" || !isId(id)) throw badRunId(String(id));
    refuseMisfit(request.workflow, request.input);
    if (!this.workflows.isKnown(request.workflow)) {
      await this.workflows.bring([request.workflow]);
      this.children.brought(request.workflow.name);
    }
    for (let under = this.memory.underWay(id); under; under = this.memory.underWay(id)) await under;
    if (this.memory.get(id)) return this.existing(id, request);
    this.assertRunning();
    // C14: a child is a part of what was started before: it waits for no room, and takes no place under a limit.
    if (!parent) this.requireRoom();
    const workflow = this.workflows.held(request.workflow);
    const { input, rerun } = request;
    const limitKey = parent ? undefined : workflow.limit && requireLimitKey(workflow, { id, uid, input });
    const hadPlace = limitKey !== undefined && this.places.has(workflow, limitKey, id);
    const holder = limitKey === undefined || hadPlace ? undefined : this.places.ask(workflow, limitKey, id);
    const active = new ActiveRun(workflow, emptyRun(workflow));
    const starting = new Promise<Settlement>((resolve) => {
      const start = {
        type: "start",
        id,
        uid,
        input,
        ...(rerun ? { rerun } : {}),
        ...(parent ? { parent } : {}),
      } as const;
      const place = limitKey === undefined ? {} : { limitKey, ...(holder === undefined ? {} : { holder }) };
      this.decide(active, { ...start, ...place }, resolve);
    });
    this.memory.begin(id, starting);
    const outcome = await starting;
    if (outcome === "recorded") return { id, existed: false };
    if (limitKey !== undefined && !hadPlace) this.leavePlace(workflow, limitKey, id);
    if (outcome === "lost") throw engineFailed();
    return this.existing(id, request);
  }

  private leavePlace({ name }: Workflow, key: string, id: string): void {
    for (const next of this.places.leave(name, key, id)) this.admit(next);
  }

  /** A place is free, and it is this run's turn. */
  private admit(id: string): void {
    void Promise.resolve(this.memory.find(id)).then(
      (active) => {
        if (!active) return;
        const { limitKey } = active.run;
        // A start that was refused may have asked in its name, for another key.
        const hasPlace = limitKey !== undefined && this.places.holds(active.workflow, limitKey, id);
        if (hasPlace && this.state === "running") this.decide(active, { type: "admit" });
        this.memory.release(active);
      },
      (cause: unknown) => this.fail(cause),
    );
  }

  private requireRoom(): void {
    const refusal = this.options.journal.startRefusal();
    if (refusal) throw refusal;
    const { pending } = this.commit;
    if (pending >= (this.options.maxUncommitted ?? 50_000))
      throw overloaded(`${pending} transitions wait for the journal`);
    const { putOffCount } = this.publisher;
    if (putOffCount >= (this.options.maxPutOff ?? 10_000)) {
      throw overloaded(`${putOffCount} runs wait for room on the bus for their commands`);
    }
  }

  private async existing(id: string, request: StartRequest): Promise<Started> {
    const active = await this.memory.find(id);
    if (!active) broken(`the journal holds the run ${id} that it says exists`);
    const { run } = active;
    try {
      await this.durable();
    } finally {
      this.memory.release(active);
    }
    if (run.workflow !== request.workflow.name || canonicalJson(run.input) !== canonicalJson(request.input)) {
      throw runExists(run, request.workflow.name);
    }
    return { id: run.id, existed: true };
  }

  /**
   * What an operator asks for. Resolves when it is durable; throws `run_unknown`, `run_closed`, `version_conflict`, and
   * what the verb itself is refused with.
   */
  async operate(id: string, verb: OperatorVerb, { actor, reason }: Actor, expected?: number): Promise<VerbAnswer> {
    this.assertRunning();
    const active = await this.memory.find(id);
    if (!active) throw runUnknown(id);
    const who = reason === undefined ? { actor } : { actor, reason };
    const expectedVersion = expected === undefined ? {} : { expectedVersion: expected };
    try {
      return await this.decideVerb(active, { ...(await this.inFull(active, verb)), ...who, ...expectedVersion });
    } finally {
      this.memory.release(active);
    }
  }

  /** With what only the engine knows. */
  private async inFull(active: ActiveRun, verb: OperatorVerb): Promise<Verb> {
    if (verb.type === "abandon") return { ...verb, withdrawn: await this.publisher.takeBack(active) };
    return verb.type === "signal" ? { ...verb, id: verb.id ?? this.options.ids.uid() } : verb;
  }

  /** Throws `run_open` while the run has not ended. */
  rerun(id: string, actor: Actor, expected?: number): Promise<VerbAnswer> {
    return startAgain(this, id, actor, expected);
  }

  private decideVerb(active: ActiveRun, input: SagaInput): Promise<VerbAnswer> {
    return new Promise<VerbAnswer>((resolve, reject) => {
      const decision = this.decide(active, input, (outcome) => {
        if (outcome === "recorded") resolve({ changed: true, version });
        else if (outcome === "lost") reject(engineFailed());
        else reject(new ClewError("version_conflict", `run ${active.run.id} was changed by another process`));
      });
      const { version } = active.run;
      if (decision.kind === "refused") reject(refusalOf(decision));
      if (decision.kind === "nothing") {
        this.durable().then(() => resolve({ changed: false, version, why: decision.why }), reject);
      }
    });
  }

  /** Resolves when all that is decided is durable. */
  private durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.commit.afterwards((outcome) => (outcome === "lost" ? reject(engineFailed()) : resolve()));
    });
  }

  /** A copy of the run as it stands, when that is durable. */
  async look(id: string): Promise<{ readonly workflow: Workflow; readonly run: Run } | undefined> {
    const active = await this.memory.find(id);
    if (!active) return undefined;
    // Copied first: while it waits, more is decided, which is not durable when this is.
    const seen = { workflow: active.workflow, run: copyRun(active.run) };
    try {
      await this.durable();
    } finally {
      this.memory.release(active);
    }
    return seen;
  }

  private async hold(record: RunRecord): Promise<ActiveRun> {
    this.recordedDefinitions.add(record.definition);
    return this.memory.hold(record);
  }

  private async recover(): Promise<void> {
    const parents: ActiveRun[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.options.journal.active({ limit: recoveryPage, ...(after ? { after } : {}) });
      for (const record of page.items) {
        const active = await this.hold(record);
        active.parked = false;
        this.publisher.publishAgain(active);
        if (active.run.out.some(({ isChild }) => isChild)) parents.push(active);
        this.timers.watch(active);
        this.memory.leaveIfIdle(active);
      }
      if (!page.next) break;
      after = page.next;
    }
    for (const parent of parents) this.publisher.askChildrenAgain(parent);
  }

  private wake(record: RunRecord): Promise<void> | undefined {
    const known = this.memory.get(record.id);
    if (known) {
      this.woken(known);
      return undefined;
    }
    // What was read of one that has left memory meanwhile may be older than what it left.
    const isOld = this.memory.hasLeftMeanwhile(record.id);
    return Promise.resolve(isOld ? this.memory.find(record.id) : this.memory.take(record)).then((active) => {
      if (!active) return;
      this.woken(active);
      this.memory.release(active);
    });
  }

  /** What is due of a run that has ended is that its parent is told. */
  private woken(active: ActiveRun): void {
    this.children.tell(active);
    this.fireTimers(active);
  }

  /** Whoever tells of work has taken it, whatever became of the word that said so. */
  private progressed({ runid, runuid, stepkey, action, attempt }: Progress): void {
    const active = this.memory.get(runid);
    if (active?.run.uid !== runuid || stepkey === undefined || attempt === undefined || action === undefined) return;
    const command = active.command({ step: stepkey, side: action, attempt });
    if (command) this.publisher.heard(command);
  }

  private receive(delivery: Delivery<Result>): void {
    const { runid } = delivery.envelope;
    const active = this.memory.get(runid);
    if (active) return this.answer(active, delivery);
    void Promise.resolve(this.memory.find(runid)).then(
      (found) => {
        if (!found) return delivery.ack();
        this.answer(found, delivery);
        this.memory.release(found);
      },
      (cause: unknown) => this.fail(cause),
    );
  }

  /** A result is acknowledged after the commit that records it, or that it was found to change nothing under. */
  private answer(active: ActiveRun, delivery: Delivery<Result>): void {
    if (this.state !== "running") return;
    const { runuid, stepkey, action, attempt, data } = delivery.envelope;
    if (runuid !== active.run.uid || stepkey === undefined || action === undefined || attempt === undefined) {
      return delivery.ack();
    }
    const acknowledge = (outcome: Settlement) => {
      if (outcome !== "lost") delivery.ack();
    };
    const decision = this.decide(
      active,
      { type: "result", step: stepkey, action, attempt, outcome: data },
      acknowledge,
    );
    if (decision.kind === "events") return;
    this.commit.afterwards(acknowledge);
    this.memory.leaveIfIdle(active);
  }

  /** All that is due at `now`: one moment for the whole pass, because the clock may be set back in the middle. */
  private fireTimers(active: ActiveRun, now = this.options.clock.now()): void {
    for (;;) {
      const next = active.nextTimer();
      if (!next || next.dueAt > now) break;
      const { timer } = next;
      const isUntaken = timer.kind === "timeout" && timer.takenAt === undefined;
      if (isUntaken && this.publisher.expire(active, timer)) continue;
      const decision = this.decide(active, { type: "timer", timer: next.timer }, undefined, now);
      if (decision.kind !== "events") broken(`a timer of run ${active.run.id} that is due changes it`);
    }
    this.timers.watch(active);
    this.memory.leaveIfIdle(active);
  }

  /** Decides one input of one run and hands what follows to the group commit. */
  private decide(
    active: ActiveRun,
    input: SagaInput,
    settled?: (outcome: Settlement) => void,
    now = this.options.clock.now(),
  ): Decision {
    if (active.isVoid) {
      settled?.("stale");
      return { kind: "nothing", why: "its start was refused" };
    }
    const { run, workflow } = active;
    const { phase, version } = run;
    const decision = advance(workflow, run, input, now);
    if (decision.kind !== "events") return decision;
    const { events } = decision;
    if (run.suspended) active.isSilent = true;
    this.publisher.endCommands(active);
    const parks = isParkable(active, now);
    // Of one that stays parked the row says when to wake it.
    const changes = version === 0 || phase !== run.phase || parks || active.parked || changesRow(active, events);
    const row = changes ? rowAfter(active, parks) : undefined;
    active.parked = parks;
    active.uncommitted++;
    const transition = { at: now, events };
    const usual = { id: run.id, uid: run.uid, version, transition };
    const recording: Recording = row
      ? { ...usual, row, ...(version === 0 ? this.definitionOnce(workflow) : {}) }
      : usual;
    this.commit.add(new Decided(this, active, recording, settled));
    return decision;
  }

  private definitionOnce({ hash, definition }: Workflow): Pick<Recording, "definition"> {
    if (this.recordedDefinitions.has(hash)) return {};
    this.recordedDefinitions.add(hash);
    return { definition: { hash, definition } };
  }

  /** Called by the decision itself. */
  recorded(decided: Decided, outcome: Settlement): void {
    const { active } = decided;
    active.uncommitted--;
    // The first of a run's commits: from now on it is the run of its id, or it is none.
    if (decided.isStart) this.memory.begun(active, outcome === "recorded");
    // Of what is lost nothing is known any more, and nothing is done with it.
    if (outcome === "lost") return;
    if (outcome !== "recorded") {
      this.memory.avoid(active);
      return this.timers.forget(active);
    }
    // What follows from it is told of the run that is in memory, not beside it.
    active.users++;
    this.publisher.publish(decided);
    const { limitKey } = decided;
    if (limitKey !== undefined && decided.phase === "ended") this.leavePlace(active.workflow, limitKey, active.run.id);
    // A forward run that only waits for an answer gets its next timer when a worker takes the command.
    const { run, workflow } = active;
    if (run.phase !== "forward" || run.waits.length > 0 || workflow.isTimed) this.timers.watch(active);
    if (run.parent !== undefined && decided.phase === "ended") this.children.tell(active);
    this.options.onChange?.(active.run, decided, active.workflow);
    this.memory.release(active);
  }

  private left(active: ActiveRun): void {
    if (active.run.phase !== "ended") this.timers.parked(active.nextDueAt());
    this.timers.forget(active);
    this.publisher.forget(active);
  }

  private fail(cause: unknown): void {
    if (this.state === "failed") return;
    this.state = "failed";
    this.timers.stop();
    this.attention.stop();
    this.children.stop();
    this.publisher.stop();
    for (const subscription of this.subscriptions.splice(0)) subscription.stop();
    this.options.onFailure(cause);
  }

  private assertRunning(): void {
    if (this.state === "running") return;
    if (this.state === "failed") throw engineFailed();
    throw new ClewError("engine_closed", "the engine is not running", { mend: "Open it first, and close it last." });
  }
}
