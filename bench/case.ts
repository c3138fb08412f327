/** One measurement in a process of its own, so that its memory and its warm code are its own: called by `main.ts`. */
import { backlog } from "./backlog.ts";
import { floor } from "./floor.ts";
import { flush } from "./flush.ts";
import { history } from "./history.ts";
import { herd, parked } from "./parked.ts";
import { retention } from "./retention.ts";
import { recovery } from "./recovery.ts";
import { draw, idle, start, weight } from "./rest-benches.ts";
import { compensation, latency, steps } from "./saga-benches.ts";
import { throughput } from "./throughput.ts";
import { types } from "./types.ts";
import { wal } from "./wal.ts";

export const cases = {
  throughput,
  latency,
  flush,
  steps,
  history,
  compensation,
  floor,
  recovery,
  backlog,
  idle,
  parked,
  herd,
  draw,
  start,
  weight,
  types,
  wal,
  retention,
};
export type CaseName = keyof typeof cases;
export type Given<Name extends CaseName> = Parameters<(typeof cases)[Name]>[0];
export type Measured<Name extends CaseName> = Awaited<ReturnType<(typeof cases)[Name]>>;

if (process.send) {
  process.once("message", (asked: { readonly name: CaseName; readonly given: never }) => {
    const measure = cases[asked.name] as (given: never) => unknown;
    Promise.resolve(measure(asked.given)).then(
      (measured) => process.send?.({ measured }, () => process.exit(0)),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? error.stack : String(error) }, () => process.exit(1)),
    );
  });
}
