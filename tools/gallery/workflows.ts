/** The gallery's workflows, from `examples/gallery/`. Terse as people write them; here they are made canonical. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { parseDuration } from "../../src/base/duration.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../src/base/json.ts";
import { loadDefinition } from "../../src/definition/content-hash.ts";
import type { Definition } from "../../src/definition/definition.ts";
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
  const draft = parse(readFileSync(folder + file, "utf8")) as JsonObject;
  return loadDefinition(canonical(draft) as object as Definition);
}

const durations: ReadonlySet<string> = new Set(["timeout", "deadline", "for"]);
/** Mappings are data: whatever is in them means nothing here. */
const mappings: ReadonlySet<string> = new Set(["input", "in", "until"]);

function canonical(node: JsonObject): JsonObject {
  const named: JsonObject = typeof node["step"] === "string" ? { worker: node["step"], ...node } : node;
  return Object.fromEntries(Object.entries(named).map(([key, value]) => [key, canonicalValue(key, value)]));
}

function canonicalValue(key: string, value: Json): Json {
  if (mappings.has(key)) return value;
  if (durations.has(key) && typeof value === "string") return parseDuration(value) ?? value;
  if (key === "compensation" && typeof value === "string") return { worker: value };
  if (key === "inquire" && value === true) return {};
  if (isJsonList(value)) return value.map((item) => (isJsonObject(item) ? canonical(item) : item));
  if (key !== "branches") return isJsonObject(value) ? canonical(value) : value;
  return isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).map(([branch, steps]) => [branch, canonicalValue("steps", steps)]))
    : value;
}
