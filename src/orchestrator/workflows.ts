/** The workflows that runs are held by: each definition is read once for each hash (semantics.md, C17). */
import { assert } from "../base/errors.ts";
import { loadDefinition } from "../definition/content-hash.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Journal } from "../journal/journal.ts";

export class Workflows {
  private readonly journal: Journal;
  private readonly byHash = new Map<string, Workflow>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  /** Keeps a workflow that a caller brought. */
  know(workflow: Workflow): Workflow {
    const known = this.byHash.get(workflow.hash);
    if (known) return known;
    this.byHash.set(workflow.hash, workflow);
    return workflow;
  }

  /** The workflow that a recorded run keeps. */
  async recorded(hash: string): Promise<Workflow> {
    const known = this.byHash.get(hash);
    if (known) return known;
    const definition = await this.journal.definition(hash);
    assert(definition, `the journal holds the definition ${hash} of each of its runs`);
    return this.know(loadDefinition(definition));
  }
}
