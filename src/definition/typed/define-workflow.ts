/**
 * The TypeScript front end (definition.md, 2): a block that runs once, when the module loads, and records a workflow
 * with typed references. What comes of it is the same plain definition that YAML gives, read by the same reader.
 */
import type { JsonObject } from "../../base/json.ts";
import type { Reaction } from "../definition.ts";
import { InvalidDefinition } from "../invalid-definition.ts";
import { parseDefinition } from "../parse-definition.ts";
import type { Duration, TypedWorkflow, WorkflowRecorder } from "./recorder-type.ts";
import { WorkflowRecording } from "./recording.ts";
import type { Mapped, Ref } from "./reference-type.ts";
import { type SchemaSource, type TypeOf, wireSchema } from "./schema-source.ts";

export interface WorkflowOptions<Input> {
  /** For people, from 1. Open runs keep the definition that they began with. */
  readonly version: number;
  /** Default: any. */
  readonly input?: Input;
  /** How long a run is kept after its end; then its id may be used again. Default 30d. */
  readonly retention?: Duration;
  /** How long the whole run may take; then it turns back. */
  readonly deadline?: Duration;
  /** `incident`: the deadline turns nothing back, it only tells an operator. */
  readonly onDeadline?: Reaction;
  /** `incident`: a run whose step has failed stands still before it turns back. */
  readonly onFailure?: Reaction;
  /** How long going back may take before an operator is told. */
  readonly compensationDeadline?: Duration;
  /** How long a step that is asked to stop may go on. Default 30s. */
  readonly cancelGrace?: Duration;
  /** What is kept of signals that come before the wait for them. Default: 1,000 of them, for 7d. */
  readonly signals?: { readonly maxAge?: Duration; readonly max?: number };
}

/**
 * Declares a workflow. Throws `invalid_definition` with all that is wrong, `reference_misused`, `schema_unusable`.
 *
 * @example
 * export const trip = defineWorkflow("book_trip", { version: 1, input: Trip }, (w, trip) => {
 *   const flight = w.step("book_flight", bookFlight, { input: { to: trip.to }, compensation: cancelFlight });
 *   return { seat: flight.seat };
 * });
 */
export function defineWorkflow<const Schema extends SchemaSource = Record<never, never>, Result = void>(
  name: string,
  { version, input: inputSource, ...options }: WorkflowOptions<Schema>,
  block: (w: WorkflowRecorder<TypeOf<Schema>>, input: Ref<TypeOf<Schema>>) => Result,
): TypedWorkflow<TypeOf<Schema>, Mapped<Result>> {
  const recording = new WorkflowRecording(name);
  const recorded = recording.record(block as never);
  const inputSchema = inputSource === undefined ? {} : { inputSchema: wireSchema(inputSource, `the input of ${name}`) };
  const object = { workflow: name, version, ...inputSchema, ...definedOnly(options), ...recorded };
  const parsed = parseDefinition({ object, name: `defineWorkflow(${JSON.stringify(name)})` });
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return parsed.workflow;
}

const definedOnly = (options: object): JsonObject =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
