/** The gallery's workflows, from `examples/gallery/`. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDefinition } from "../../src/definition/parse-definition.ts";
import type { Workflow } from "../../src/definition/workflow.ts";

const folder = fileURLToPath(new URL("../../examples/gallery/", import.meta.url));

/** By the names of their files, in the order of the alphabet. */
export function galleryWorkflows(): ReadonlyMap<string, Workflow> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .toSorted();
  return new Map(files.map((file) => [file.replace(".yaml", ""), workflowIn(file)]));
}

function workflowIn(file: string): Workflow {
  const parsed = parseDefinition({ text: readFileSync(folder + file, "utf8"), file });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${file} ${path}: ${message}`).join("\n"));
  return parsed.workflow;
}
