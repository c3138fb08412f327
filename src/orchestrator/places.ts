/**
 * The places that workflows with a limit give out (semantics.md, C25): at most so many open runs for a key; the others
 * wait, in the order of their start, and each is told whose end it waits for.
 *
 * Who has a place and who waits is kept with the rows of open runs, as attributes whose names no workflow can declare:
 * so a restart reads it back without loading a run.
 */
import type { Workflow } from "../definition/workflow.ts";
import type { JournalReader, RunRow } from "../journal/journal.ts";
import type { Run } from "../saga/run.ts";

const limitAttribute = ".limit";
const heldAttribute = ".held";

/** Rows of a page that a restart reads. */
const page = 1000;

export function placeAttributes({ limitKey, holder, phase }: Run): Readonly<Record<string, string>> {
  if (limitKey === undefined || phase === "ended") return none;
  return holder === undefined
    ? { [limitAttribute]: limitKey }
    : { [limitAttribute]: limitKey, [heldAttribute]: holder };
}

const none: Readonly<Record<string, string>> = {};

interface Scope {
  readonly holders: Set<string>;
  /** In the order of their start. */
  readonly waiting: Set<string>;
  /** Of the definition that was started last. */
  most: number;
}

export class Places {
  private readonly scopes = new Map<string, Scope>();

  /** What an earlier life left. `mostOf` says how many places the definition of that hash gives. */
  async read(journal: JournalReader, mostOf: (definition: string) => Promise<number | undefined>): Promise<void> {
    const filter = { terms: [{ field: "attribute", name: limitAttribute, anyOf: "anything" }] } as const;
    for (let after: string | undefined; ;) {
      const rows = await journal.list(filter, { limit: page, ...(after === undefined ? {} : { after }) });
      for (const row of rows.items) this.put(row, await mostOf(row.definition));
      if (rows.next === undefined) return;
      after = rows.next;
    }
  }

  private put({ id, workflow, attributes = none }: RunRow, most: number | undefined): void {
    const scope = this.scopeOf(workflow, attributes[limitAttribute] ?? "");
    scope.most = most ?? scope.most;
    if (attributes[heldAttribute] === undefined) scope.holders.add(id);
    else scope.waiting.add(id);
  }

  /** Whether an open run of that id has a place, or waits for one: then it is not this start's to give back. */
  has({ name }: Pick<Workflow, "name">, key: string, id: string): boolean {
    const scope = this.scopes.get(nameOf(name, key));
    return scope !== undefined && (scope.holders.has(id) || scope.waiting.has(id));
  }

  /** Whether an open run of that id has a place. */
  holds({ name }: Pick<Workflow, "name">, key: string, id: string): boolean {
    return this.scopes.get(nameOf(name, key))?.holders.has(id) === true;
  }

  /** Gives a place, or the run that has one while none is free. */
  ask({ name, limit }: Workflow, key: string, id: string): string | undefined {
    const scope = this.scopeOf(name, key);
    scope.most = limit?.runs ?? scope.most;
    const [holder] = scope.holders;
    if (holder !== undefined && scope.holders.size >= scope.most) {
      scope.waiting.add(id);
      return holder;
    }
    scope.holders.add(id);
    return undefined;
  }

  /** The run needs none any more; gives who has its place now. Idempotent. */
  leave(workflow: string, key: string, id: string): readonly string[] {
    const scope = this.scopeOf(workflow, key);
    scope.waiting.delete(id);
    scope.holders.delete(id);
    const admitted = this.fill(scope);
    if (scope.holders.size === 0 && scope.waiting.size === 0) this.scopes.delete(nameOf(workflow, key));
    return admitted;
  }

  /** Those that may begin because places are free: after a restart. */
  free(): readonly string[] {
    return [...this.scopes.values()].flatMap((scope) => this.fill(scope));
  }

  private fill(scope: Scope): readonly string[] {
    const admitted: string[] = [];
    for (const id of scope.waiting) {
      if (scope.holders.size >= scope.most) break;
      scope.waiting.delete(id);
      scope.holders.add(id);
      admitted.push(id);
    }
    return admitted;
  }

  private scopeOf(workflow: string, key: string): Scope {
    const name = nameOf(workflow, key);
    let scope = this.scopes.get(name);
    if (!scope) this.scopes.set(name, (scope = { holders: new Set(), waiting: new Set(), most: 1 }));
    return scope;
  }
}

const nameOf = (workflow: string, key: string): string => `${workflow}\n${key}`;
