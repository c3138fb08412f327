/** What is known while a definition is read, and what has been read of it. */
import type { Json, JsonObject } from "../base/json.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Findings } from "./definition-problem.ts";
import { type Outline, emptyOutline } from "./outline.ts";
import { kindOf } from "./value-kind.ts";
import type { ValuePath } from "./value-path.ts";

export interface Circumstances {
  readonly findings: Findings;
  /** Whether people wrote it: then a duration has a unit. */
  readonly byHand: boolean;
  /** What is known of worker types besides what the workflow itself declares. */
  readonly catalogue: Catalogue;
}

export interface Reading extends Circumstances {
  /** The worker types that steps may name; `undefined` where there is no catalogue. */
  readonly workerTypes: ReadonlySet<string> | undefined;
  /** What references may name. */
  readonly outline: Outline;
  /** As it is written; expressions are checked by it. */
  readonly inputSchema: Json | undefined;
  /** Whether what is read stands in a block. */
  readonly isInBlock: boolean;
  /** The `forEach` blocks around what is read, outermost first. */
  readonly items: readonly JsonObject[];
  /** Their variables. */
  readonly variables: readonly string[];
  readonly progress: Progress;
}

/** What is read comes in its order. */
interface Progress {
  /** Where each step's or block's name was read first. */
  readonly seen: Map<string, ValuePath>;
  /** The name of the pivot that was read. */
  pivot: string | undefined;
  /** How many steps and blocks were read. */
  nodes: number;
}

/** At the beginning. */
export const readingOf = (
  circumstances: Circumstances,
  about: Partial<Pick<Reading, "workerTypes" | "outline" | "inputSchema">>,
): Reading => ({
  ...circumstances,
  workerTypes: undefined,
  outline: emptyOutline,
  inputSchema: undefined,
  ...about,
  isInBlock: false,
  items: [],
  variables: [],
  progress: { seen: new Map(), pivot: undefined, nodes: 0 },
});

export function wrongType(
  value: Json,
  wanted: string,
  example: string,
  path: ValuePath,
  { findings }: Pick<Reading, "findings">,
): null {
  const message = `this is ${kindOf(value)}, and should be ${wanted}`;
  findings.atValue("wrong_type", path, message, `Write for example \`${example}\`.`);
  return null;
}
