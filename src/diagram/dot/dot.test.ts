/** The worry: a graph that Graphviz refuses, or reads otherwise than it was meant, because of what somebody wrote. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Workflow } from "../../definition/workflow.ts";
import { anyWorkflow } from "../../testing/arbitrary-workflow.ts";
import { hostileTexts } from "../../testing/hostile-texts.ts";
import { drawDifference, viewNames, views } from "../views.ts";

const token = /\s*(?:(->|[{}[\];=,])|("(?:[^"\\\n]|\\["\\n])*")|([A-Za-z_]\w*|-?\d+(?:\.\d+)?))/y;

/**
 * The part of Graphviz's grammar (graphviz.org/doc/info/lang.html) that is written here: statements of nodes, edges,
 * attributes and subgraphs. Throws where a text is not of it.
 */
class Reader {
  readonly nodes = new Map<string, ReadonlyMap<string, string>>();
  readonly edges: (readonly [from: string, to: string])[] = [];
  readonly clusters: string[] = [];
  private readonly tokens: string[] = [];
  private at = 0;

  constructor(text: string) {
    token.lastIndex = 0;
    while (token.lastIndex < text.trimEnd().length) {
      const from = token.lastIndex;
      const match = token.exec(text);
      if (!match) throw new Error(`no token at ${JSON.stringify(text.slice(from, from + 60))}`);
      this.tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
    }
    this.take("digraph");
    this.id();
    this.statements();
    if (this.at !== this.tokens.length) throw new Error("more than one graph");
  }

  private take(wanted: string): void {
    const found = this.tokens[this.at++];
    if (found !== wanted) throw new Error(`${wanted} is wanted, and there is ${found}`);
  }

  private isNext(wanted: string): boolean {
    if (this.tokens[this.at] !== wanted) return false;
    this.at++;
    return true;
  }

  private id(): string {
    const found = this.tokens[this.at++] ?? "";
    if (!/^["\w-]/.test(found) || found === "->") throw new Error(`an id is wanted, and there is ${found}`);
    return found;
  }

  private statements(): void {
    this.take("{");
    while (!this.isNext("}")) this.statement();
  }

  private statement(): void {
    if (this.isNext("subgraph")) {
      this.clusters.push(this.id());
      return this.statements();
    }
    if (this.tokens[this.at] === "{") return this.statements();
    const id = this.id();
    if (this.isNext("=")) this.id();
    else if (this.isNext("->")) {
      this.edges.push([id, this.id()]);
      this.attributes();
    } else {
      const given = this.attributes();
      if (!["graph", "node", "edge"].includes(id) && !this.nodes.has(id)) this.nodes.set(id, given);
    }
    this.take(";");
  }

  private attributes(): ReadonlyMap<string, string> {
    const given = new Map<string, string>();
    if (!this.isNext("[")) return given;
    do {
      const name = this.id();
      this.take("=");
      given.set(name, this.id());
    } while (this.isNext(","));
    this.take("]");
    return given;
  }
}

const allOf = (workflow: Workflow): readonly string[] => [
  ...viewNames.map((view) => views[view].drawings.dot(workflow)),
  drawDifference("dot", workflow, workflow),
];

describe("a picture for Graphviz", () => {
  it("of any workflow is of its grammar, and no edge leads to what is not there", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        for (const dot of allOf(workflow)) {
          const { nodes, edges } = new Reader(dot);
          for (const edge of edges) for (const end of edge) expect(nodes.has(end), `${end} in ${dot}`).toBe(true);
          expect(dot).toMatch(/^[\n -~]+$/);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(hostileTexts)("keeps what somebody wrote as text: %j", (text) => {
    const workflow = loadDefinition({
      workflow: text,
      version: 1,
      steps: [
        { step: `${text}1`, worker: text, when: text, compensation: { worker: `${text}x` } },
        { choose: `${text}2`, cases: [{ when: text, steps: [{ fail: `${text}3`, code: text }] }] },
      ],
    });
    for (const dot of allOf(workflow)) {
      const { nodes } = new Reader(dot);
      expect([...nodes.keys()].every((id) => /^[a-z]+\d*$/.test(id))).toBe(true);
    }
  });

  it("has a node for each card and a cluster for each frame", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        const { nodes, clusters } = new Reader(views.workflow.drawings.dot(workflow));
        const steps = [...nodes.keys()].filter((id) => id.startsWith("s") && id !== "start");
        expect(steps.length).toBeGreaterThanOrEqual(workflow.steps.length);
        expect(clusters.filter((id) => /^cluster_b\d+$/.test(id))).toHaveLength(workflow.blocks.size);
        const undone = workflow.steps.filter(({ compensation }) => compensation);
        expect([...nodes.keys()].filter((id) => /^u\d+$/.test(id))).toHaveLength(undone.length);
      }),
      { numRuns: 60 },
    );
  });

  it("is refused by this reader when a quote, a bracket or a semicolon is missing", () => {
    const dot = views.workflow.drawings.dot(
      loadDefinition({ workflow: "w", version: 1, steps: [{ step: "a", worker: "b" }] }),
    );
    for (const part of ["{", '"w"', "];", "->", "label="]) {
      expect(dot).toContain(part);
      expect(() => new Reader(dot.replace(part, part.slice(0, -1))), part).toThrow(/wanted|no token/);
    }
  });
});
