/** `--follow`: each status event as a line, as it is published. */
import type { StatusEvent } from "../clew.ts";
import { localTime } from "./local-time.ts";
import { type Look, paint, worded } from "./look.ts";
import { renderFacts } from "./show-run.ts";
import { terminalText } from "./terminal-text.ts";

export function renderStatusEvent({ runid, sequence, time, data }: StatusEvent, look: Look): string {
  const facts = renderFacts(data.detail);
  return [
    paint(look, "dim", localTime(Date.parse(time), true)),
    terminalText(runid),
    String(Number(sequence)),
    terminalText(data.event),
    ...(facts === "" ? [] : [facts]),
    worded(look, terminalText(data.status)),
  ].join(" ");
}
