/** What the parts of the compiler share while one expression is compiled. */
import type { Json } from "../../base/json.ts";
import type { ReferencePath } from "../reference-path.ts";
import { shown, type ValuePath } from "../value-path.ts";
import type { Run } from "./evaluation.ts";
import type { ExpressionFault } from "./expression-fault.ts";
import type { Node } from "./parse-cel.ts";
import { any, type StaticType } from "./static-type.ts";

export interface ExpressionOptions {
  /** Besides `roots`: the variables of blocks. `any`: they were checked before. */
  readonly variables?: readonly string[] | "any";
  readonly roots?: readonly Root[];
  /** A condition is true or false; a value may be any JSON. */
  readonly expects: "condition" | "value";
  /** JSON Schema of the input: by it whole numbers are ints, and misspelt fields are found. */
  readonly inputSchema?: Json | undefined;
}

export type Root = "input" | "steps" | "run";

/** A path that the expression reads, as far as it stands there. */
export interface ExpressionReference {
  readonly path: ReferencePath;
  readonly offset: number;
  readonly length: number;
  /** It stands within `has(…)`, or where a `has(…)` has found it. */
  readonly isGuarded: boolean;
}

/** A part of an expression, compiled. */
export interface Compiled {
  readonly type: StaticType;
  readonly run: Run;
  /** It gives a part of the data as it is. */
  readonly isData?: boolean;
  /** Of a literal. */
  readonly constant?: string | bigint;
}

/** A variable of a comprehension. */
export interface ItemVariable {
  /** In `Evaluation.items`. */
  readonly slot: number;
  readonly type: StaticType;
}

export class Compiling {
  readonly text: string;
  readonly options: ExpressionOptions;
  readonly faults: ExpressionFault[] = [];
  readonly references: ExpressionReference[] = [];
  /** How many nodes have been compiled. */
  nodes = 0;
  /** Those of the comprehensions around, the outermost first. */
  items: ReadonlyMap<string, ItemVariable> = new Map();
  /** Paths that `has(…)` is known to have found. */
  private guards: readonly ValuePath[] = [];
  private readonly compileNode: (node: Node, compiling: Compiling) => Compiled;

  constructor(text: string, options: ExpressionOptions, compileNode: (node: Node, compiling: Compiling) => Compiled) {
    this.text = text;
    this.options = options;
    this.compileNode = compileNode;
  }

  /** The variables of blocks, as far as they are named. */
  get variables(): readonly string[] {
    const { variables = [] } = this.options;
    return variables === "any" ? [] : variables;
  }

  hasVariable(name: string): boolean {
    return this.options.variables === "any" || this.variables.includes(name);
  }

  compile(node: Node, guards: readonly ValuePath[] = []): Compiled {
    this.nodes++;
    const before = this.guards;
    if (guards.length > 0) this.guards = [...before, ...guards];
    const compiled = this.compileNode(node, this);
    this.guards = before;
    return compiled;
  }

  /** Notes the fault and gives something to go on with, so that all faults are told at once. */
  refuse(code: ExpressionFault["code"], node: Stretch, what: string, mend: string): Compiled {
    this.faults.push({ code, offset: node.start, length: node.end - node.start, what, mend });
    return { type: any, run: () => null };
  }

  sourceOf({ start, end }: Stretch): string {
    return shown(this.text.slice(start, end));
  }

  /** Of a step there is only its output, so that one guard holds for all of it. */
  isGuarded(path: ValuePath): boolean {
    return this.guards.some((guard) => {
      const counted = guard[0] === "steps" ? guard.slice(0, 2) : guard;
      const shared = Math.min(counted.length, path.length);
      return counted.slice(0, shared).every((segment, at) => segment === path[at]);
    });
  }
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}
