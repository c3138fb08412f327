/** `clew schema`: what editors complete and check workflow files by. */
import { workflowSchema } from "../definition/workflow-schema.ts";
import type { Command } from "./command.ts";

export const schema: Command = {
  name: "schema",
  summary: "Prints the JSON Schema of workflow files, for editors.",
  usage: "clew schema > workflow.schema.json",
  options: {},
  more: "In a YAML file: # yaml-language-server: $schema=./workflow.schema.json",
  async run(context) {
    context.document(workflowSchema());
    return 0;
  },
};
