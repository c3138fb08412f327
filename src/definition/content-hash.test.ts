import { describe, expect, it } from "vitest";
import { definitionHash, loadDefinition } from "./content-hash.ts";
import { parseDefinition } from "./parse-definition.ts";
import type { Workflow } from "./workflow.ts";

function workflow(text: string): Workflow {
  const parsed = parseDefinition({ text: `workflow: w\nversion: 1\nsteps: [${text}]`, file: "w.yaml" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.workflow;
}

const hash = (text: string): string => workflow(text).hash;

describe("the content hash", () => {
  it("is the same for two ways to say the same", () => {
    expect(hash("{ step: a, compensation: b }")).toBe(hash("{ step: a, compensation: { worker: b } }"));
    expect(hash("{ step: a, timeout: 2m }")).toBe(hash("{ step: a, timeout: 120s }"));
    expect(hash("{ step: a, timeout: 2m }")).toBe(hash("{ timeout: 120000ms, step: a }"));
    expect(hash("{ step: a }")).toBe(hash("{ step: a, worker: a }"));
    expect(hash("{ step: a, input: -0.0 }")).toBe(hash("{ step: a, input: 0 }"));
  });

  it("is another one where a default is written out, because defaults may change and definitions may not", () => {
    expect(hash("{ step: a, timeout: 30s }")).not.toBe(hash("{ step: a }"));
    expect(hash("{ step: a, retry: { attempts: 3 } }")).not.toBe(hash("{ step: a }"));
  });

  it("is another one for another order of steps", () => {
    expect(hash("{ step: a }, { step: b }")).not.toBe(hash("{ step: b }, { step: a }"));
  });

  it("stays what it is from release to release, because journals are full of it", () => {
    // sha256sum of: {"steps":[{"step":"a","worker":"a"}],"version":1,"workflow":"w"}
    const definition = { workflow: "w", version: 1, steps: [{ worker: "a", step: "a" }] };
    expect(definitionHash(definition)).toBe("1f9d13176379af6d38712d85365b012e542995af3f8ccf7cf13645e826f34be2");
  });

  it("is found again for a definition that comes back from the journal", () => {
    const written = workflow("{ step: a, timeout: 2m, retry: { attempts: 5 }, compensation: b }");
    const back = loadDefinition(JSON.parse(JSON.stringify(written.definition)));
    expect(back).toEqual(written);
    expect(Object.isFrozen(back.definition.steps)).toBe(true);
  });
});
