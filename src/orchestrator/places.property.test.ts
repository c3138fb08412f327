/** The worry: a crash, a cancel or a second start lets one run too many in, or leaves one waiting for ever. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { finalStatuses } from "../saga/tables.ts";
import { HandPlayedWorld, workflowOf } from "../testing/hand-played-world.ts";

const most = 2;
const flow = workflowOf({
  workflow: "trip",
  version: 1,
  limit: { key: { $: "input.customer" }, runs: most },
  steps: [{ step: "pay", timeout: "1h", retry: { attempts: 1 } }],
});
const done = { outcome: "succeeded", output: null } as const;

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("start"), run: fc.nat(11) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("answer"), run: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("cancel", "suspend", "resume"), run: fc.nat(11) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash"), run: fc.constant(0) }) },
);

const idOf = (run: number): string => `r${run}`;
/** Runs of two customers, whose limits are apart. */
const customerOf = (run: number): string => `c${run % 2}`;

async function act(world: HandPlayedWorld, { do: what, run }: { readonly do: string; readonly run: number }) {
  const id = idOf(run);
  switch (what) {
    case "start":
      await world.orchestrator.startRun({ workflow: flow, input: { customer: customerOf(run) }, id });
      break;
    case "answer":
      if (world.taken.length > 0) await world.answer("pay", done);
      break;
    case "crash":
      return (await world.crash()).open(["pay"]);
    default:
      // Of a run that is not there, or has ended, it is refused.
      await world.orchestrator
        .operate(id, { type: what as "cancel" | "suspend" | "resume" }, { actor: "ann" })
        .catch(() => {});
  }
  await world.clock.settle();
  return world;
}

/** How many runs of each customer have begun and not ended. */
async function begun(world: HandPlayedWorld): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let run = 0; run <= 11; run++) {
    const seen = await world.orchestrator.look(idOf(run));
    if (!seen || seen.run.phase === "ended" || seen.run.out.length === 0) continue;
    counts.set(customerOf(run), (counts.get(customerOf(run)) ?? 0) + 1);
  }
  return counts;
}

test("never more runs of a key have begun than its limit allows, and each has its turn in the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60, size: "max" }), async (actions) => {
      let world = await new HandPlayedWorld().open(["pay"]);
      for (const one of actions) {
        world = await act(world, one);
        for (const [customer, count] of await begun(world)) expect(count, customer).toBeLessThanOrEqual(most);
      }
      for (let run = 0; run <= 11; run++) world = await act(world, { do: "resume", run });
      while (world.taken.length > 0) await world.answer("pay", done);
      await world.clock.advance(3_600_000);
      for (let run = 0; run <= 11; run++) {
        const status = await world.status(idOf(run));
        if (status !== "unknown") expect(finalStatuses, `${idOf(run)} is ${status}`).toContain(status);
      }
      await world.orchestrator.stop();
    }),
    { numRuns: 150 },
  );
}, 60_000);
