/**
 * Results that answer nothing which this engine asked, as a bus brings them that outlived another engine: of an earlier
 * run with the same id, of an attempt that was never sent, of a run that nobody knows.
 */
import type { Command, Result } from "../../bus/envelope.ts";
import { makeResult } from "../../bus/make-envelope.ts";
import type { Dice } from "./dice.ts";

export function strangersAnswer(dice: Dice, command: Command): Result {
  const { stepkey, action, attempt = 1, runuid, runid } = command;
  const other = dice.pick([
    { runuid: `0${runuid.slice(1, -1)}x` },
    { runuid: `0${runuid.slice(1, -1)}x` },
    { attempt: attempt + 40 },
    { runid: `${runid}-of-old` },
  ]);
  const asked = { ...command, ...other };
  const id = `${asked.runuid}/${stepkey}/${action}/${asked.attempt}/of-old`;
  const data =
    action === "execute"
      ? ({ outcome: "succeeded", output: { of: "a stranger" } } as const)
      : action === "inquire"
        ? ({ outcome: "not_done" } as const)
        : ({ outcome: "compensated", found: true } as const);
  return makeResult({ ...asked, id }, { source: "/clew/strange/workers/stranger/1", atMs: 0, data });
}
