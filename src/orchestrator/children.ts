/**
 * Child runs (semantics.md, C14), seen by the engine: a parent's command to a child starts it, has it go back or stop, and
 * the child's end is the answer.
 *
 * 1. A child is asked for after the parent's commit, and as often as it takes: its id follows from its parent's step, so
 *    that it is one run.
 * 2. A child that has ended is a row that is due until its parent has recorded how it ended. So a crash in between
 *    loses nothing, and nobody has to look through the parents that wait.
 */
import { ClewError } from "../base/errors.ts";
import { longestRunId } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import type { Workflow } from "../definition/workflow.ts";
import { childEndOf } from "../saga/child-side.ts";
import { payloadOf } from "../saga/command.ts";
import type { Decision } from "../saga/decide.ts";
import type { CommandRef, Parent } from "../saga/event.ts";
import type { SagaInput } from "../saga/input.ts";
import { isIn } from "../saga/outgoing.ts";
import { planOf } from "../saga/step-key.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Settlement } from "./group-commit.ts";
import type { Started } from "./orchestrator-options.ts";

export interface ChildrenOwner {
  find(id: string): Promise<ActiveRun | undefined> | ActiveRun | undefined;
  release(active: ActiveRun): void;
  decide(active: ActiveRun, input: SagaInput, settled?: (outcome: Settlement) => void): Decision;
  /** Told when all that is decided is durable. */
  afterwards(settled: (outcome: Settlement) => void): void;
  workflowNamed(name: string): Promise<Workflow | undefined>;
  start(request: { id: string; workflow: Workflow; input: Json; parent: Parent }): Promise<Started>;
  fail(cause: unknown): void;
}

const who = { actor: "parent", reason: "the run that it is a part of goes back" };

export class Children {
  private readonly owner: ChildrenOwner;
  /** Those of workflows that nobody has brought yet. They stay in memory: they are not parked before they have begun. */
  private awaited: { readonly parent: ActiveRun; readonly ref: CommandRef; readonly workflow: string }[] = [];
  private isStopped = false;

  constructor(owner: ChildrenOwner) {
    this.owner = owner;
  }

  stop(): void {
    this.isStopped = true;
  }

  /** What the parent has recorded as sent. */
  send(parent: ActiveRun, ref: CommandRef): void {
    const { run } = parent;
    if (ref.side === "compensate") this.work(parent, () => this.recall(parent, ref));
    else if (run.phase === "forward") this.work(parent, () => this.begin(parent, ref));
    else this.work(parent, () => this.stopChild(parent, ref));
  }

  /** The parent does not want it any more: it is asked to go back, or is left where it stands. */
  advise(parent: ActiveRun, ref: CommandRef): void {
    if (ref.side === "execute") this.work(parent, () => this.stopChild(parent, ref));
  }

  /** A run has ended that is a child: its parent is told, and then it itself that the parent knows. */
  tell(child: ActiveRun): void {
    const { run } = child;
    const { parent, isParentTold, phase } = run;
    if (!parent || isParentTold || phase !== "ended") return;
    const { ends } = run;
    const ended = childEndOf(run);
    this.work(child, async () => {
      const found = await this.owner.find(parent.run);
      const isParent = found?.run.uid === parent.uid;
      const [, isDurable] = isParent
        ? await this.decided(found, { type: "child", step: parent.step, ended })
        : [undefined, true];
      if (isDurable && !this.isStopped) this.owner.decide(child, { type: "told", end: ends });
      if (found) this.owner.release(found);
    });
  }

  /** Until it is durable both runs are held: who let one go would decide beside another one that was loaded since. */
  private async decided(run: ActiveRun, input: SagaInput): Promise<readonly [Decision, isDurable: boolean]> {
    const { promise, resolve } = Promise.withResolvers<Settlement>();
    const decision = this.owner.decide(run, input, resolve);
    if (decision.kind !== "events") this.owner.afterwards(resolve);
    return [decision, (await promise) === "recorded"];
  }

  private async begin(parent: ActiveRun, ref: CommandRef): Promise<void> {
    const { run, workflow } = parent;
    const { act } = planOf(workflow, ref.step);
    const payload = payloadOf(workflow, run, ref.step, "execute");
    const id = childId(parent, ref);
    if (act.is !== "child" || !payload.ok) return;
    if (id.length > longestRunId) return this.refuse(parent, ref, tooDeep(id));
    const child = await this.owner.workflowNamed(act.workflow);
    if (!child) return this.await(parent, ref, act.workflow);
    const root = run.parent?.root ?? run.id;
    const of: Parent = { run: run.id, uid: run.uid, step: ref.step, root };
    try {
      await this.owner.start({ id, workflow: child, input: payload.payload.input, parent: of });
    } catch (error) {
      if (!(error instanceof ClewError) || !refusals.has(error.code)) throw error;
      return this.refuse(parent, ref, { code: error.code, title: error.message });
    }
    this.begun(parent, ref);
  }

  /** C21: as a command for which there is no worker. */
  private await(parent: ActiveRun, ref: CommandRef, workflow: string): void {
    this.owner.decide(parent, { type: "attention", step: ref.step, need: "no_worker", worker: workflow });
    this.awaited.push({ parent, ref, workflow });
  }

  /** Somebody has brought a workflow. */
  brought(name: string): void {
    const begins = this.awaited.filter(({ workflow }) => workflow === name);
    if (begins.length === 0) return;
    this.awaited = this.awaited.filter(({ workflow }) => workflow !== name);
    for (const { parent, ref } of begins) {
      if (!isIn(parent.run.out, ref)) continue;
      this.owner.decide(parent, { type: "attention", step: ref.step, need: undefined, worker: name });
      this.send(parent, ref);
    }
  }

  /** It never began, so there is nothing to undo. */
  private refuse(parent: ActiveRun, { step }: CommandRef, error: { code: string; title: string }): void {
    if (!this.isStopped) this.owner.decide(parent, { type: "child", step, ended: { word: "compensated", error } });
  }

  private begun(parent: ActiveRun, { step, side }: CommandRef): void {
    if (!this.isStopped) this.owner.decide(parent, { type: "childBegan", step, side });
  }

  private async recall(parent: ActiveRun, ref: CommandRef): Promise<void> {
    const child = await this.owner.find(childId(parent, ref));
    if (!child) return this.stays(parent, ref, "child_unknown", "the child is not there any more");
    const [decision, isDurable] = await this.decided(child, { type: "recall" });
    if (decision.kind === "nothing") this.whyNotBack(parent, ref, child);
    else if (isDurable) this.begun(parent, ref);
    this.owner.release(child);
  }

  /** It is on its way back already, or has been, or will not. */
  private whyNotBack(parent: ActiveRun, ref: CommandRef, { run }: ActiveRun): void {
    if (run.phase !== "ended") this.begun(parent, ref);
    else if (run.cause === undefined)
      this.stays(parent, ref, "pivot_passed", `the child ${run.id} has passed its point of no return`);
    else this.owner.decide(parent, { type: "child", step: ref.step, ended: childEndOf(run) });
  }

  private stays(parent: ActiveRun, { step }: CommandRef, code: string, title: string): void {
    this.owner.decide(parent, { type: "child", step, ended: { word: "stays", error: { code, title } } });
  }

  private async stopChild(parent: ActiveRun, ref: CommandRef): Promise<void> {
    const child = await this.owner.find(childId(parent, ref));
    if (!child) return this.refuse(parent, ref, { code: "stopped", title: "the run turned back before it began" });
    // What it cannot be asked it refuses: then it goes on to its end, and is waited for.
    if (!parent.run.abandoned) await this.decided(child, { type: "cancel", ...who });
    else await this.decided(child, { type: "abandon", withdrawn: [], ...who });
    this.begun(parent, ref);
    this.owner.release(child);
  }

  private work(run: ActiveRun, task: () => Promise<void>): void {
    if (this.isStopped) return;
    run.users++;
    task()
      .catch((cause: unknown) => {
        if (!this.isStopped) this.owner.fail(cause);
      })
      .finally(() => this.owner.release(run));
  }
}

const childId = ({ run }: ActiveRun, { step }: CommandRef): string => `${run.id}.${step}`;

/** What a start is refused for, whatever becomes of it when it is tried again. */
const refusals: ReadonlySet<string> = new Set([
  "invalid_input",
  "run_exists",
  "worker_unknown",
  "contract_conflict",
  "workflow_unknown",
]);

const tooDeep = (id: string) => ({
  code: "too_deep",
  title: `children of children have ids of at most ${longestRunId} characters, and this one would have ${id.length}`,
});
