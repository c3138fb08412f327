import assert from "node:assert/strict";
import { test } from "node:test";
import { Clew } from "clew";
import trip from "./trip.ts";
import workers from "./workers.ts";

async function book(to: string) {
  const clew = await Clew.open({ journal: "memory:", workers });
  try {
    return await clew.result(await clew.start(trip, { to, nights: 2 }));
  } finally {
    await clew.close();
  }
}

test("a trip has a seat and a room", async () => {
  const run = await book("Lisbon");
  assert.equal(run.status, "completed");
  assert.deepEqual(run.output, { seat: "12A", room: 7 });
});

test("without a room nothing is left of it", async () => {
  const run = await book("Atlantis");
  assert.equal(run.status, "compensated");
  assert.equal(run.steps[0]?.compensation?.state, "compensated");
});
