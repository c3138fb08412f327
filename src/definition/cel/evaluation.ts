/** One evaluation: what it reads, where its comprehensions stand, and how much work it may still do. */
import type { Scope } from "../scope.ts";
import { fence } from "./fence.ts";
import { Refusal } from "./refusal.ts";
import type { Value } from "./value.ts";

export class Evaluation {
  readonly scope: Scope;
  /** The items at which the comprehensions stand, the outermost first. */
  readonly items: Value[] = [];
  private workLeft: number = fence.work;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  /** Gives the refusal with which the evaluation ends, if that was more than is left. */
  spend(work: number): Refusal | undefined {
    this.workLeft -= work;
    return this.workLeft < 0 ? tooMuchWork : undefined;
  }
}

const tooMuchWork = new Refusal("expression_limit", "takes more work than an expression may; compute it in a worker");

/** A part of an expression, ready to run. */
export type Run = (evaluation: Evaluation) => Value | Refusal;
