/** The steps of a definition that ask a worker for something, however deep they stand. */
import type { CaseDefinition, Definition, NodeDefinition, StepDefinition } from "./definition.ts";

/** In the order of the definition. */
export function stepDefinitions({ steps }: Definition): readonly StepDefinition[] {
  const found: StepDefinition[] = [];
  changeSteps(steps, (step) => {
    found.push(step);
    return step;
  });
  return found;
}

/** The same sequence with each step changed. */
export function changeSteps(
  nodes: readonly NodeDefinition[],
  change: (step: StepDefinition) => StepDefinition,
): readonly NodeDefinition[] {
  return nodes.map((node) => {
    if ("step" in node) return change(node);
    if ("parallel" in node) {
      const branches = Object.entries(node.branches).map(
        ([name, inner]) => [name, changeSteps(inner, change)] as const,
      );
      return { ...node, branches: Object.fromEntries(branches) };
    }
    if ("choose" in node) {
      const cases = node.cases.map((one): CaseDefinition => ({ ...one, steps: changeSteps(one.steps, change) }));
      return { ...node, cases };
    }
    return "steps" in node ? { ...node, steps: changeSteps(node.steps, change) } : node;
  });
}
