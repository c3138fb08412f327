/** `npm run ack-after-flush -- [--requests n]`: many servers, one after the other, each with a new journal. */
import { parseArgs } from "node:util";
import { installed } from "../installed/programs.ts";
import { traceServer } from "./traced-server.ts";

const { values } = parseArgs({ options: { requests: { type: "string", default: "100000" } } });
/** So many that the WAL is checkpointed and begun anew; the trace of more would need a machine's memory. */
const mostOfOneServer = 10_000;

const requests = Number(values.requests);
const strace = installed("strace", "the campaign");
if (strace === undefined) process.exit(2);

let [promises, flushes, most] = [0, 0, 0];
const violations: string[] = [];
for (let served = 0; served < requests; served += mostOfOneServer) {
  const verdict = await traceServer({ strace, requests: Math.min(mostOfOneServer, requests - served) });
  violations.push(...verdict.violations);
  promises += verdict.left.started + verdict.left.worked + verdict.left.ended;
  flushes += verdict.startsOfFlushes.length;
  most = Math.max(most, ...verdict.startsOfFlushes);
}
process.stdout.write(
  `${requests} requests, ${promises} promises, ${flushes} flushes that covered starts, up to ${most} in one; ` +
    `${violations.length} violations\n${violations.slice(0, 10).join("\n")}`,
);
process.exitCode = violations.length > 0 || promises !== 3 * requests ? 1 : 0;
