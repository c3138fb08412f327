/** All operations, by name. */
import type { AnyOperation } from "./operation.ts";
import { runVerbs } from "./run-verbs.ts";
import { runReads } from "./runs.ts";

export const operations: ReadonlyMap<string, AnyOperation> = new Map(
  [...runReads, ...runVerbs].map((operation) => [operation.name, operation]),
);
