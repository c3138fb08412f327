/**
 * The workflows that runs are held by: each definition is read once for each hash (semantics.md, C17). All of them see
 * the one catalogue of this engine, which learns from whoever brings a contract: what the journal tells of earlier
 * lives, what this engine was opened with, and what comes with a workflow.
 */
import { assert, ClewError } from "../base/errors.ts";
import {
  type Catalogue,
  contractConflict,
  contradictions,
  succeeding,
  type WorkerContract,
} from "../definition/catalogue.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import { type Workflow, workerTypesOf } from "../definition/workflow.ts";
import type { Journal } from "../journal/journal.ts";

export interface Declared {
  /** What this process says of worker types. */
  readonly contracts: Catalogue;
  /** Whether that is all that there are: then a workflow that names another one is refused. */
  readonly isComplete: boolean;
}

export class Workflows {
  private readonly journal: Journal;
  private readonly declared: Declared;
  private readonly byHash = new Map<string, Workflow>();
  /** What this process has brought last, by name: what a child is started of. */
  private readonly byName = new Map<string, Workflow>();
  private readonly catalogue = new Map<string, WorkerContract>();
  /** Of what is in the catalogue: what this process has said. An earlier life is contradicted without a word. */
  private readonly said = new Map<string, WorkerContract>();
  /** What callers brought and what was learnt from already. */
  private readonly known = new WeakSet<Workflow>();

  constructor(journal: Journal, declared: Declared) {
    this.journal = journal;
    this.declared = declared;
  }

  /** Before anything else is asked of it. */
  async start(): Promise<void> {
    for (const [type, contract] of await this.journal.contracts()) this.catalogue.set(type, contract);
    await this.learn(this.declared.contracts);
  }

  /** Whether `know` would have anything to learn from it. */
  isKnown(workflow: Workflow): boolean {
    return this.known.has(workflow);
  }

  /**
   * Looks at workflows that a caller brought, which may be children of each other. Throws `worker_unknown`,
   * `workflow_unknown`, and `contract_conflict` where one says something else of a worker type than was said before.
   */
  async bring(workflows: readonly Workflow[]): Promise<void> {
    for (const workflow of workflows) await this.requireChildren(workflow, workflows);
    for (const workflow of workflows) await this.know(workflow);
  }

  private async know(workflow: Workflow): Promise<void> {
    if (this.declared.isComplete) this.refuseStrangers(workflow);
    await this.learn(workflow.catalogue);
    this.known.add(workflow);
    const last = this.byName.get(workflow.name);
    if (!last || last.version <= workflow.version) this.byName.set(workflow.name, workflow);
  }

  /** A run that would come to a child that nobody knows is refused at its start, not in the middle (semantics.md, C14). */
  private async requireChildren({ name, steps }: Workflow, brought: readonly Workflow[]): Promise<void> {
    for (const { act, name: step } of steps) {
      if (act.is !== "child" || brought.some((other) => other.name === act.workflow)) continue;
      if (await this.named(act.workflow)) continue;
      throw new ClewError(
        "workflow_unknown",
        `cannot start ${name}: its child ${step} is of ${act.workflow}, which nobody knows`,
        {
          mend: "Give it among the `workflows` that the engine is opened with; on the command line `--workflows <file>`.",
        },
      );
    }
  }

  /** The workflow by which this engine runs what a caller brought. */
  held({ hash, definition }: Workflow): Workflow {
    return this.byHash.get(hash) ?? this.hold(loadDefinition(definition, this.catalogue));
  }

  /** For a child: what this process has brought, else the highest version that some run keeps. */
  async named(name: string): Promise<Workflow | undefined> {
    const brought = this.byName.get(name);
    if (brought) return this.held(brought);
    const definition = await this.journal.definitionNamed(name);
    return definition && this.held(loadDefinition(definition, this.catalogue));
  }

  /** The workflow that a recorded run keeps. */
  async recorded(hash: string): Promise<Workflow> {
    const known = this.byHash.get(hash);
    if (known) return known;
    const definition = await this.journal.definition(hash);
    assert(definition, `the journal holds the definition ${hash} of each of its runs`);
    return this.byHash.get(hash) ?? this.hold(loadDefinition(definition, this.catalogue));
  }

  private hold(workflow: Workflow): Workflow {
    this.byHash.set(workflow.hash, workflow);
    return workflow;
  }

  private async learn(contracts: Catalogue): Promise<void> {
    const [conflict] = contradictions(this.said, contracts);
    if (conflict !== undefined) throw contractConflict(conflict);
    const changed = new Map<string, WorkerContract>();
    for (const [type, contract] of contracts) {
      if (this.said.has(type)) continue;
      const known = this.catalogue.get(type);
      const next = succeeding(contract, known);
      this.said.set(type, contract);
      this.catalogue.set(type, next);
      if (next !== known) changed.set(type, next);
    }
    if (changed.size > 0) await this.journal.declare(changed);
  }

  private refuseStrangers(workflow: Workflow): void {
    const { contracts } = this.declared;
    const strangers = workerTypesOf(workflow).filter((type) => !contracts.has(type) && !workflow.catalogue.has(type));
    if (strangers.length === 0) return;
    throw new ClewError(
      "worker_unknown",
      `cannot start ${workflow.name}: the catalogue knows no ${strangers.join(", ")}`,
      {
        mend: "Add them to the catalogue that the engine was opened with. Nothing was stored.",
        details: { missing: strangers },
      },
    );
  }
}
