import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { workflowSchema } from "../../src/definition/workflow-schema.ts";

test("the schema that the workflow's first line names for editors is the one that is published", () => {
  const written = JSON.parse(readFileSync(new URL("workflow.schema.json", import.meta.url), "utf8")) as unknown;
  expect(written, "write it anew: bin/clew schema > examples/order-processing/workflow.schema.json").toEqual(
    workflowSchema(),
  );
});
