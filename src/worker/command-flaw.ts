/**
 * Whether a command can be worked on at all. A bus that reads text has checked the whole envelope; this asks only for
 * what the work needs, so it costs little where the envelope never was text.
 */
import type { Command } from "../bus/envelope.ts";

/** What is wrong with the command, or `undefined`. `type` is the event type of the worker's commands. */
export function commandFlaw(command: Command, type: string): string | undefined {
  const { action, data } = command as Partial<Command>;
  if (command.type !== type) return `its type is not ${type}`;
  if (!isAnswerable(command)) return "it does not say which attempt of which step of which run it is";
  if (!isText(command.idempotencykey)) return "it has no idempotencykey";
  if (action === "compensate" && !isText(command.undoes)) return "it is a compensation and does not say of what";
  if (data?.input === undefined) return "it has no input";
  if (!(data.context?.timeoutMs >= 1)) return "it has no timeoutMs";
  return undefined;
}

/** Whether an answer to it would find its question. */
export const isAnswerable = ({ id, runid, runuid, stepkey, attempt, action }: Partial<Command>): boolean =>
  isText(id) &&
  isText(runid) &&
  isText(runuid) &&
  isText(stepkey) &&
  Number.isSafeInteger(attempt) &&
  (action === "execute" || action === "compensate" || action === "inquire");

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0;
