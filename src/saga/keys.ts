/** Idempotency keys (semantics.md, C12) and message ids (events.md, 3): two identities, never the same string. */
import type { Action, Side } from "./event.ts";

export const forwardKey = (uid: string, step: string): string => `${uid}/${step}`;
const undoKey = (uid: string, step: string): string => `${uid}/${step}!undo`;

export const keyOf = (uid: string, step: string, side: Side): string =>
  side === "execute" ? forwardKey(uid, step) : undoKey(uid, step);

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
