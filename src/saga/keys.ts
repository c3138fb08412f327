/** Idempotency keys (semantics.md, C12) and message ids (events.md, 3): two identities, never the same string. */
import type { Action, Side } from "./event.ts";

/** `number`: of the key; a step's first key has none in it. */
export const forwardKey = (uid: string, step: string, number = 1): string =>
  number === 1 ? `${uid}/${step}` : `${uid}/${step}~${number}`;

/** An undo has one key, that of what it undoes. An inquiry asks about the forward key itself. */
export const keyOf = (uid: string, step: string, side: Side, number = 1): string =>
  side === "compensate" ? `${forwardKey(uid, step, number)}!undo` : forwardKey(uid, step, number);

/** A command's message id. An inquiry has its own action in it, so it never collides with what it asks about. */
export const commandId = (uid: string, step: string, action: Action, attempt: number): string =>
  forwardKey(uid, step) + (attempt === 1 ? firstAttempts[action] : `/${action}/${attempt}`);

const firstAttempts: Readonly<Record<Action, string>> = {
  execute: "/execute/1",
  compensate: "/compensate/1",
  inquire: "/inquire/1",
};

/** A result's: equal answers to one command have one id, and different answers have different ids. */
export const resultId = (command: string, outcome: string, effect?: string): string =>
  effect === undefined ? `${command}/r/${outcome}` : `${command}/r/${outcome}/${effect}`;
