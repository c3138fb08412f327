/**
 * Trees of blocks, grown from the sequence of a generated workflow: its steps, and some more, are folded into branches,
 * cases, items and iterations, with waits, children and refusals between them. The pivot stays where it must stand.
 */
import type { Json } from "../../base/json.ts";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Definition, NodeDefinition, StepDefinition } from "../../definition/definition.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Dice } from "./dice.ts";
import { generateStep } from "./generate-step.ts";
import { needsExtra } from "./generate-workflow.ts";

export interface TreeTraits {
  readonly isIdle: boolean;
  /** Workflows of which it may have children. */
  readonly children: readonly Workflow[];
}

/** What a condition says of an input, worked out without the engine. */
interface TreeInput {
  readonly yes: boolean;
  readonly amount: number;
}

/** All the conditions that are written. */
export const conditions: Readonly<Record<string, (input: TreeInput) => boolean>> = {
  "input.yes": ({ yes }) => yes,
  "!input.yes": ({ yes }) => !yes,
  "input.amount >= 0": ({ amount }) => amount >= 0,
  "input.amount > 500": ({ amount }) => amount > 500,
  "input.amount > 930": ({ amount }) => amount > 930,
};

/** Of a loop: in which iteration it is over. */
export const timesIn = (until: string): number => Number(/endsWith\("#(\d+)"\)/.exec(until)?.[1]);

/** What may be referred to from here on, and the variables that hold items. */
interface Sight {
  readonly outputs: readonly string[];
  readonly items: readonly string[];
}

const deepest = 3;

export function growTree({ definition, pivotPlace, catalogue, name }: Workflow, dice: Dice, traits: TreeTraits) {
  const steps = definition.steps as readonly StepDefinition[];
  const more = Array.from({ length: dice.roll(4) }, (_, at) =>
    generateStep(
      dice,
      { workflow: name, at: steps.length + at, pivotAt: Infinity, isNeedy: false },
      { isScripted: false, isIdle: traits.isIdle },
    ),
  );
  const growing = new Growing(name, dice, traits);
  const pivot = steps.slice(pivotPlace < 0 ? steps.length : pivotPlace, pivotPlace + 1);
  const before = growing.sequence([...steps.slice(0, pivotPlace < 0 ? undefined : pivotPlace), ...more], nothing, 0);
  const turn = growing.inSequence(pivot, before.sight);
  const after = growing.sequence(pivotPlace < 0 ? [] : steps.slice(pivotPlace + 1), turn.sight, 0);
  const grown: Definition = {
    ...definition,
    ...dice.pick([
      {},
      {},
      { signals: { maxAge: dice.between(1000, 30_000) } },
      { signals: { max: 1, maxAge: century } },
    ]),
    steps: [...before.nodes, ...turn.nodes, ...after.nodes],
    ...(definition.output === undefined ? {} : { output: growing.result(after.sight) }),
  };
  return loadDefinition(grown, catalogue);
}

const nothing: Sight = { outputs: [], items: [] };
/** So that how many are kept is no question of time. */
const century = 36_500 * 86_400_000;

interface Grown {
  readonly nodes: readonly NodeDefinition[];
  /** From behind them. */
  readonly sight: Sight;
}

class Growing {
  private readonly workflow: string;
  private readonly dice: Dice;
  private readonly traits: TreeTraits;
  private names = 0;

  constructor(workflow: string, dice: Dice, traits: TreeTraits) {
    this.workflow = workflow;
    this.dice = dice;
    this.traits = traits;
  }

  sequence(steps: readonly StepDefinition[], from: Sight, depth: number): Grown {
    const { dice } = this;
    const nodes: NodeDefinition[] = [];
    let sight = from;
    const add = (grown: Grown) => {
      nodes.push(...grown.nodes);
      sight = grown.sight;
    };
    for (let rest = steps; rest.length > 0;) {
      if (dice.chance(150)) add(this.wait(sight));
      if (dice.chance(60)) nodes.push({ fail: this.nextName("f"), when: "input.amount > 930" });
      if (this.traits.children.length > 0 && dice.chance(300)) add(this.child(sight));
      const isBlock = depth < deepest && dice.chance(depth === 0 ? 700 : 400);
      const count = isBlock ? dice.between(1, Math.min(rest.length, 4)) : 1;
      const taken = rest.slice(0, count);
      add(isBlock ? this.block(taken, sight, depth + 1) : this.inSequence(taken, sight));
      rest = rest.slice(count);
    }
    return { nodes, sight };
  }

  /** As they stand, with mappings that refer to what is seen from there. */
  inSequence(steps: readonly StepDefinition[], from: Sight): Grown {
    const nodes = steps.map((step) => this.placed(step, from));
    const outputs = nodes.map(({ step }) => `steps.${step}.output.of`);
    return { nodes, sight: { ...from, outputs: [...from.outputs, ...outputs] } };
  }

  private placed(step: StepDefinition, sight: Sight): StepDefinition {
    const { dice } = this;
    const { input, ...others } = step;
    const when = step.kind !== "pivot" && dice.chance(100) ? { when: this.condition() } : {};
    if (needsExtra(step)) return { ...step, ...when };
    const isMapped = input !== undefined || dice.chance(300);
    return { ...others, ...when, ...(isMapped ? { input: this.mapping(sight) } : {}) };
  }

  private mapping({ outputs, items }: Sight): Json {
    const from = this.oneOf(outputs);
    const item = items.at(-1);
    return {
      ...(from === undefined ? {} : { from: { $: from, else: "skipped" } }),
      ...(item === undefined ? {} : { item: { $: item } }),
      ...{ amount: { $: "input.amount" }, of: { $: "run.id" } },
    };
  }

  result({ outputs }: Sight): Json {
    const any = this.oneOf(outputs);
    const of = any === undefined ? null : { $: any, else: null };
    return { of, amount: { $: "input.amount" }, said: "done" };
  }

  private block(steps: readonly StepDefinition[], sight: Sight, depth: number): Grown {
    switch (this.dice.pick(blockKinds)) {
      case "parallel":
        return this.parallel(steps, sight, depth);
      case "choose":
        return this.choose(steps, sight, depth);
      case "forEach":
        return this.forEach(steps, sight, depth);
      case "loop":
        return this.loop(steps, sight, depth);
    }
  }

  private parallel(steps: readonly StepDefinition[], from: Sight, depth: number): Grown {
    const parallel = this.nextName("p");
    const parts = this.split(steps, Math.min(steps.length, 3)).map((part) => this.sequence(part, from, depth));
    const branches = Object.fromEntries(parts.map(({ nodes }, at) => [`b${at}`, nodes]));
    const siblings = this.dice.pick<"drain" | "cancel">(["drain", "cancel"]);
    const outputs = parts.flatMap(({ sight }) => sight.outputs.slice(from.outputs.length));
    return {
      nodes: [{ parallel, siblings, branches, ...this.seldomWhen() }],
      sight: { ...from, outputs: [...from.outputs, ...outputs] },
    };
  }

  private choose(steps: readonly StepDefinition[], from: Sight, depth: number): Grown {
    const choose = this.nextName("c");
    const parts = this.split(steps, Math.min(steps.length, 2)).map((part) => this.sequence(part, from, depth));
    const cases = parts.map(({ nodes }, at) =>
      at > 0 && this.dice.chance(400)
        ? { otherwise: true as const, steps: nodes }
        : { when: this.condition(), steps: nodes },
    );
    const outputs = parts.flatMap(({ sight }) => sight.outputs.slice(from.outputs.length));
    return { nodes: [{ choose, cases }], sight: { ...from, outputs: [...from.outputs, ...outputs] } };
  }

  private forEach(steps: readonly StepDefinition[], from: Sight, depth: number): Grown {
    const forEach = this.nextName("e");
    const as = `line_${forEach}`;
    const { nodes } = this.sequence(steps, { ...from, items: [...from.items, as] }, depth);
    const node = { forEach, in: { $: "input.items" }, as, concurrency: this.dice.between(1, 3), steps: nodes };
    const last = nodes.at(-1);
    const isPlain = last !== undefined && "step" in last;
    const outputs = isPlain ? [...from.outputs, `steps.${forEach}.output`] : from.outputs;
    return { nodes: [{ ...node, ...this.seldomWhen() }], sight: { ...from, outputs } };
  }

  /** Whoever is asked says under which key. */
  private loop(steps: readonly StepDefinition[], from: Sight, depth: number): Grown {
    const { dice } = this;
    const loop = this.nextName("l");
    const asked = this.nextName("q");
    const counter: StepDefinition = {
      ...{ step: asked, worker: `${this.workflow}_ask`, kind: "readonly" },
      retry: { attempts: 5, initial: 10 },
    };
    const times = dice.between(1, 3);
    const until = `steps.${asked}.output.of.endsWith("#${times}")`;
    const max = dice.chance(100) ? 1 : dice.between(times, 3);
    const inner = this.sequence(steps, from, depth);
    return { nodes: [{ loop, until, max, steps: [counter, ...inner.nodes] }], sight: inner.sight };
  }

  private wait(from: Sight): Grown {
    const { dice } = this;
    const wait = this.nextName("w");
    const ms = () => dice.between(1, this.traits.isIdle ? 600_000 : 20_000);
    if (dice.chance(300)) return { nodes: [{ wait, for: ms() }], sight: from };
    if (dice.chance(200)) return { nodes: [{ wait, until: { $: "input.at" } }], sight: from };
    const onTimeout = dice.pick<"continue" | "fail">(["continue", "continue", "fail"]);
    const node = { wait, signal: dice.pick(signalNames), timeout: ms(), onTimeout };
    return { nodes: [node], sight: { ...from, outputs: [...from.outputs, `steps.${wait}.output.of`] } };
  }

  /** One that may pass a pivot of its own cannot go back. */
  private child(from: Sight): Grown {
    const { dice } = this;
    const [first, ...others] = this.traits.children;
    if (!first) return { nodes: [], sight: from };
    const workflow = dice.pick([first, ...others]);
    const child = this.nextName("k");
    const input = {
      ...{ run: { $: "run.id" }, amount: { $: "input.amount" }, yes: { $: "input.yes" }, at: { $: "input.at" } },
      ...{ items: { $: "input.items" }, extra: { $: "input.extra", else: "none" } },
    };
    const kind = workflow.pivotPlace >= 0 || dice.chance(100) ? { kind: "irreversible" as const } : {};
    const node = { child, workflow: workflow.name, input, ...kind };
    return { nodes: [node], sight: { ...from, outputs: [...from.outputs, `steps.${child}.output.of`] } };
  }

  private condition(): string {
    return this.dice.pick(["input.yes", "input.yes", "input.amount >= 0", "input.amount > 500", "!input.yes"]);
  }

  private seldomWhen() {
    return this.dice.chance(150) ? { when: this.condition() } : {};
  }

  /** In order, into so many parts at most. */
  private split(steps: readonly StepDefinition[], most: number): (readonly StepDefinition[])[] {
    const parts: StepDefinition[][] = [];
    for (const step of steps) {
      const last = parts.at(-1);
      if (last && (parts.length === most || this.dice.chance(300))) last.push(step);
      else parts.push([step]);
    }
    return parts;
  }

  private oneOf(outputs: readonly string[]): string | undefined {
    return outputs[this.dice.roll(outputs.length || 1)];
  }

  private nextName(letter: string): string {
    return `${letter}${++this.names}`;
  }
}

const blockKinds = ["parallel", "parallel", "choose", "forEach", "forEach", "loop", "loop"] as const;

/** Of the signals that are waited for. */
export const signalNames: readonly [string, ...string[]] = ["go", "go", "stop"];
