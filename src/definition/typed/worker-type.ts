/**
 * The contract of a worker type, for definitions and workers alike (definition.md, 2): a definition that names it
 * imports no worker's code.
 */
import type { Mutable } from "../../base/mutable.ts";
import { deepFreeze } from "../../base/json.ts";
import type { WorkerContract } from "../catalogue.ts";
import { InvalidDefinition } from "../invalid-definition.ts";
import { parseCatalogue } from "../parse-definition.ts";
import { type SchemaSource, type TypeOf, wireSchema } from "./schema-source.ts";

declare const accepts: unique symbol;
declare const gives: unique symbol;
declare const failsWith: unique symbol;

/** Whoever accepts `Input`: another type's inputs fit it if they are `Input`s. */
export interface Accepting<Input> {
  readonly [accepts]?: (input: Input) => void;
}

export interface WorkerType<
  Input = never,
  Output = unknown,
  ErrorCode extends string = string,
> extends Accepting<Input> {
  readonly name: string;
  readonly contract: WorkerContract;
  readonly [gives]?: Output;
  readonly [failsWith]?: ErrorCode;
}

/** What `workerType` is told; all of it may be left out, and then anything fits. */
export interface ContractSource<Input, Output, ErrorCode> {
  /** What a command carries. */
  readonly input?: Input;
  /** What a success carries. */
  readonly output?: Output;
  /** The codes of its failures, which retry policies name. */
  readonly errors?: readonly ErrorCode[];
  /** Whether the same command twice has the effect of one. */
  readonly idempotent?: boolean;
  /** What it works on: two workers with one resource stand in each other's way. */
  readonly resource?: string;
}

/**
 * Declares a worker type. Throws `schema_unusable`, and `invalid_definition` with all that is wrong with its name or
 * its schemas.
 *
 * @example
 * const refundPayment = workerType("refund_payment", { input: z.object({ orderId: z.string() }) });
 */
export function workerType<
  const Input extends SchemaSource = Record<never, never>,
  const Output extends SchemaSource = Record<never, never>,
  const ErrorCode extends string = string,
>(
  name: string,
  { input, output, errors, idempotent, resource }: ContractSource<Input, Output, ErrorCode> = {},
): WorkerType<TypeOf<Input>, TypeOf<Output>, ErrorCode> {
  const contract: Mutable<WorkerContract> = {};
  if (input !== undefined) contract.input = wireSchema(input, `the input of ${name}`);
  if (output !== undefined) contract.output = wireSchema(output, `the output of ${name}`);
  if (errors !== undefined) contract.errors = errors;
  if (idempotent !== undefined) contract.idempotent = idempotent;
  if (resource !== undefined) contract.resource = resource;
  const parsed = parseCatalogue({
    object: { workers: { [name]: contract } },
    name: `workerType(${JSON.stringify(name)})`,
  });
  if (!parsed.ok) throw new InvalidDefinition(parsed.problems);
  return deepFreeze({ name, contract: parsed.catalogue.get(name) ?? {} });
}
