/** `clew schema`: what editors complete and check files by, and what workers in other languages are made by. */
import { catalogueSchema, workflowSchema } from "../definition/workflow-schema.ts";
import { type Command, sharedOptions } from "./command.ts";
import { journalOf } from "./journal-choice.ts";
import { loadWorkflow, recordedContracts, workflowForms } from "./workflow-source.ts";

export const schema: Command = {
  name: "schema",
  summary: "Prints the JSON Schema of workflow files, for editors; or the contracts of a workflow's workers.",
  usage: "clew schema [<workflow>] [--workers]",
  options: {
    workers: { type: "boolean", about: "of catalogue files, *.workers.yaml, instead of workflow files" },
    journal: sharedOptions.journal,
  },
  arguments: { least: 0, most: 1 },
  more: `Without <workflow>: the JSON Schema of workflow files. Put it beside them (clew schema > workflow.schema.json) and
begin a YAML file with: # yaml-language-server: $schema=./workflow.schema.json

With <workflow>: its input and what each of its worker types takes and gives, as JSON Schemas. The part \`workers\` is a
catalogue: as a file *.workers.json it is read wherever a catalogue is, and a worker in another language is made by it.
${workflowForms}`,
  async run(context) {
    const [source] = context.given.plain;
    if (source === undefined) context.document(context.given.flag("workers") ? catalogueSchema() : workflowSchema());
    else {
      const journal = journalOf(context);
      const workflow = await loadWorkflow(source, journal);
      const { name, version, inputSchema } = workflow;
      const catalogue = (await recordedContracts(source, workflow, journal)) ?? workflow.catalogue;
      const input = inputSchema ? { input: inputSchema } : {};
      context.document({ workflow: name, version, ...input, workers: Object.fromEntries(catalogue) });
    }
    return 0;
  },
};
