/**
 * The worry: each corner is right, and together they leave an effect behind that nobody knows of.
 *
 * Random workflows run in random worlds: workers of several sorts over a ghost ledger, that crash after the effect, refuse,
 * are slow, silent or asked twice; answers that are late or lost; operators who cancel, suspend, abandon, and answer what
 * they are asked, truly or not; engines that restart. What the run says in the end is held against the ledger, which
 * nobody told it.
 */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Workflow } from "../definition/workflow.ts";
import { anyClimate as climate, planOf, shape } from "../testing/arbitrary-world.ts";
import type { Climate } from "../testing/ghost-world.ts";
import { liveThrough } from "../testing/world-judgement.ts";
import { PathTally } from "../testing/world-paths.ts";

const tally = new PathTally();

const workflow = shape.map(planOf);
/** An operator has more to say. */
const patient = shape.map((one) => planOf({ ...one, onFailure: "incident" }));

/** An operator who abandons a run gives up what C5 would have mended. */
const overlooking = (sort: "sloppy" | "storeless") =>
  climate.map((one): Climate => ({ ...one, sort, abandonAt: undefined }));

const seed = 20_260_101;
const worlds: Readonly<Record<string, readonly [fc.Arbitrary<Workflow>, fc.Arbitrary<Climate>]>> = {
  "of workers that keep their duties": [workflow, climate],
  "of workers that cannot fence": [workflow, climate.map((one) => ({ ...one, sort: "unfenced" }))],
  "of workers without a store": [workflow, overlooking("storeless")],
  "of workers whose undo overlooks an effect until it is told of it": [workflow, overlooking("sloppy")],
  "of operators who are wrong, for every step that they were right about": [
    patient,
    climate.map((one) => ({ ...one, foul: 40, operator: "wrong" })),
  ],
};

describe("in any world every run ends or is blocked, and its final word agrees with the ledger", () => {
  test.each(Object.entries(worlds))("%s", { timeout: 60_000 }, (_, [plans, weather]) => {
    const live = (plan: Workflow, climate: Climate) => tally.count(liveThrough(plan, climate));
    fc.assert(fc.property(plans, weather, live), { numRuns: 2000, seed });
  });

  afterAll(() => expect(tally.never).toEqual([]));
});
