/** The worry: a secret that is given to a worker item by item, or comes with a signal, is printed elsewhere. */
import { expect, test } from "vitest";
import { loadDefinition } from "../definition/content-hash.ts";
import type { NodeDefinition } from "../definition/definition.ts";
import { ScriptedRun } from "../testing/scripted-run.ts";
import { redactedEvent, redactedRun } from "./redacted.ts";

const secret = "4111-1111";
const contracts = new Map([["pay", { input: { properties: { card: { type: "string", sensitive: true } } } }]]);

function play(steps: readonly NodeDefinition[], input: object, act: (run: ScriptedRun) => void): string {
  const workflow = loadDefinition(
    { workflow: "w", version: 1, steps, output: { all: { $: "steps.each.output", else: null } } },
    contracts,
  );
  const run = new ScriptedRun(workflow, input as never);
  act(run);
  const shown = redactedRun(workflow, run.run);
  return JSON.stringify([shown, run.recorded.map((event) => redactedEvent(workflow, shown, event))]);
}

const pay = (card: string) => ({ step: "pay", worker: "pay", input: { card: { $: card } } });

test("what a worker is given of an item is taken out of the list that it comes from", () => {
  const each: NodeDefinition = { forEach: "each", in: { $: "input.cards" }, as: "card", steps: [pay("card.number")] };
  const shown = play([each], { cards: [{ number: secret }], order: "o-1" }, (run) =>
    run.succeed("pay[0]", { output: 1 }),
  );
  expect(shown).toContain("o-1");
  expect(shown).not.toContain(secret);
});

test("what comes with a signal and is given to such a worker is taken out wherever it is shown", () => {
  const wait: NodeDefinition = { wait: "card", signal: "card_given" };
  const signal = {
    type: "signal",
    signal: "card_given",
    id: "s-1",
    payload: { number: secret, kind: "visa" },
  } as const;
  const shown = play([wait, pay("steps.card.output.number")], {}, (run) => void run.verb(signal));
  expect(shown).toContain("s-1");
  expect(shown).not.toContain(secret);
});

test("what a block gives, and such a worker is given, comes from the steps in it", () => {
  const each: NodeDefinition = { forEach: "each", in: [1], as: "one", steps: [{ step: "ask", worker: "ask" }] };
  const shown = play([each, pay("steps.each.output[0]")], {}, (run) => run.succeed("ask[0]", { output: secret }));
  expect(shown).not.toContain(secret);
});
