/**
 * The way to the process that owns a journal, for verbs: its local socket; where nobody owns the journal, this command
 * becomes the owner for as long as it takes to record them. Without workers it moves nothing else.
 */
import { ClewError } from "../base/errors.ts";
import type { Operation } from "../operations/operation.ts";
import type { CommandContext } from "./command.ts";
import { withEngine } from "./engine.ts";
import { reading } from "./journal-choice.ts";

export interface OwnerAccess {
  readonly perform: <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>;
  /** So many at a time are worth while: an engine makes them durable together, a connection is served in order. */
  readonly atOnce: number;
}

export interface OwnerAccessOptions {
  readonly journal: string;
  /** Called when the command is interrupted. Without it, an interruption beside an owner ends the process. */
  readonly onInterrupt?: () => void;
}

/** All of `work` goes over one connection, or to one engine. Throws `journal_owned` where an owner has no ear for us. */
export async function withOwner<T>(
  context: CommandContext,
  { journal, onInterrupt }: OwnerAccessOptions,
  work: (access: OwnerAccess) => Promise<T>,
): Promise<T | "interrupted"> {
  const owner = await reading(journal, (reader) => reader.owner());
  const over = owner?.socket === undefined ? undefined : await overSocket(context, owner.socket, onInterrupt, work);
  if (over) return over.done;
  const options = { journal, workers: [], ...(onInterrupt ? { onInterrupt } : {}) };
  return withEngine(context, options, (clew) =>
    work({ perform: (operation, input) => clew.perform(operation, input), atOnce: 64 }),
  );
}

/** `undefined` where nobody answers: whoever is named there may have been killed. */
async function overSocket<T>(
  context: CommandContext,
  path: string,
  onInterrupt: (() => void) | undefined,
  work: (access: OwnerAccess) => Promise<T>,
): Promise<{ readonly done: T } | undefined> {
  const { OwnerConnection } = await import("../operations/local-socket.ts");
  const { SystemClock } = await import("../clew.ts");
  let connection: Connection | undefined;
  let hasAnswered = false;
  try {
    connection = await OwnerConnection.open(path, new SystemClock());
    if (onInterrupt) context.interruption.handle(onInterrupt);
    const perform = performer(connection, () => {
      hasAnswered = true;
    });
    return { done: await work({ perform, atOnce: 8 }) };
  } catch (error) {
    if (!hasAnswered && isUnreachable(error)) return undefined;
    throw error;
  } finally {
    connection?.close();
  }
}

interface Connection {
  ask(operation: string, input: unknown): Promise<unknown>;
  close(): void;
}

/** `heard` is called with each answer; a refusal is one. */
function performer(connection: Connection, heard: () => void): OwnerAccess["perform"] {
  return async <Input, Output>({ name }: Operation<Input, Output>, input: Input): Promise<Output> => {
    try {
      const answer = await connection.ask(name, input);
      heard();
      return answer as Output;
    } catch (error) {
      if (!isUnreachable(error)) heard();
      throw error;
    }
  };
}

const isUnreachable = (error: unknown): boolean => error instanceof ClewError && error.code === "owner_unreachable";
