/** The worry: a row that says when to wake its run, and is wrong. */
import { expect, test } from "vitest";
import { loadDefinition } from "../definition/content-hash.ts";
import { HandPlayedWorld } from "../testing/hand-played-world.ts";

const minutesMs = 60_000;

const workflow = loadDefinition({
  workflow: "two",
  version: 1,
  onFailure: "incident",
  steps: [
    {
      parallel: "both",
      branches: {
        a: [{ step: "a", worker: "a", retry: { attempts: 1 } }],
        b: [
          { step: "b", worker: "b", retry: { attempts: 3, initial: 10 * minutesMs, max: 10 * minutesMs, jitter: 0 } },
        ],
      },
    },
  ],
});

const failure = { outcome: "failed", error: { code: "no", title: "no" }, scope: "attempt" } as const;

test("a run that stays parked keeps no time of a retry that is over", async () => {
  const world = await new HandPlayedWorld().open(["a", "b"]);
  await world.orchestrator.startRun({ workflow, input: {}, id: "r" });
  await world.clock.settle();
  await world.answer("a", { ...failure, effect: "none", retryable: false });
  const sent = world.taken.find(({ envelope }) => envelope.type === "command.b")?.envelope;
  await world.answer("b", { ...failure, effect: "possible", retryable: true });
  expect(world.disk.runs.get("r")?.row).toMatchObject({ status: "blocked", parked: true });
  expect(world.disk.runs.get("r")?.row.wakeAt).toBeDefined();
  if (sent) await world.reply(sent, { outcome: "succeeded", output: null });
  expect((await world.orchestrator.look("r"))?.run.steps[1]?.state).toBe("succeeded");
  expect(world.disk.runs.get("r")?.row).toMatchObject({ status: "blocked", parked: true });
  expect(world.disk.runs.get("r")?.row.wakeAt).toBeUndefined();
});

test("a row that was read before its run had changed is not taken for the run", async () => {
  const waiting = loadDefinition({ workflow: "waiting", version: 1, steps: [{ wait: "pause", for: 10 * minutesMs }] });
  const world = await new HandPlayedWorld().open([]);
  await world.orchestrator.startRun({ workflow: waiting, input: {}, id: "r" });
  await world.clock.settle();
  const { journal, orchestrator } = world;
  const due = journal.due.bind(journal);
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  journal.due = async (now, limit) => {
    const records = await due(now, limit);
    await answered;
    return records;
  };
  await world.clock.advance(10 * minutesMs);
  await orchestrator.operate("r", { type: "suspend" }, { actor: "ann" });
  await world.clock.settle();
  answer();
  // It is woken meanwhile.
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  await orchestrator.operate("r", { type: "resume" }, { actor: "ann" });
  await world.clock.settle();
  expect(await world.status("r")).toBe("completed");
});
