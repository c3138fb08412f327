/** The reference of definitions: the vocabulary and the catalogue of problems, as tables. */
import { definitionProblemCatalogue } from "../../src/definition/definition-problem.ts";
import {
  type Form,
  mostAttributes,
  mostBranches,
  mostErrorCodes,
  type TermHolder,
  termHolders,
  vocabulary,
} from "../../src/definition/vocabulary.ts";

const titles: Readonly<Record<TermHolder, string>> = {
  workflow: "A workflow",
  signals: "What is kept of signals",
  step: "A step, in `steps`",
  limit: "A limit",
  inquiry: "An inquiry, where it is more than `true`",
  compensation: "A compensation, where it is more than a worker's name",
  retry: "A retry policy",
  parallel: "A parallel block, in `steps`",
  choose: "A choice, in `steps`",
  case: "A case of a choice",
  forEach: "The same for each item, in `steps`",
  loop: "A loop, in `steps`",
  wait: "A wait, in `steps`",
  child: "Another workflow as a step, in `steps`",
  fail: "A refusal, in `steps`",
  catalogue: "A catalogue file, `*.workers.yaml`",
  contract: "A contract, in `workers`",
};

export function definitionReference(): string {
  const holders = termHolders.map((holder) => {
    const rows = vocabulary[holder].map(
      ({ key, form, required, meaning }) =>
        `| \`${key}\` | ${formText(form)} | ${required ? "yes" : ""} | ${meaning} |`,
    );
    return `## ${titles[holder]}\n\n| key | what | required | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  const problems = Object.entries(definitionProblemCatalogue).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `${head}\n${holders.join("\n")}\n## Problems\n\n| code | what is wrong |\n| --- | --- |\n${problems.join("\n")}\n`;
}

const head = `# The keys of a definition

Made from the vocabulary that the reader and the JSON Schema (\`clew schema\`) share, by \`npm run docs\`. Keys of the design that are not
built yet are refused by name. The rules behind the keys are in [definition.md](../definition.md).
`;

function formText(form: Form): string {
  switch (form.is) {
    case "name":
      return "a name";
    case "duration":
      return "a duration: `500ms`, `30s`, `2m`, `24h`, `7d`";
    case "whole":
      return form.to === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${form.from}`
        : `a whole number, ${form.from} to ${form.to}`;
    case "number":
      return `a number, ${form.from} to ${form.to}`;
    case "code":
      return "an error code";
    case "codes":
      return `a list of 1 to ${mostErrorCodes} error codes`;
    case "mapping":
      return "a mapping: data with references";
    case "schema":
      return "a JSON Schema";
    case "steps":
      return `a list of steps and blocks${form.from === 0 ? ", perhaps empty" : ""}`;
    case "branches":
      return `names with lists of steps and blocks, at most ${mostBranches}`;
    case "cases":
      return `a list of cases, at most ${mostBranches}`;
    case "condition":
      return "an expression in CEL";
    case "items":
      return "a list with references, or a mapping that gives one";
    case "moment":
      return "a moment, or a mapping that gives one";
    case "variable":
      return "a name that is one in CEL too";
    case "true":
      return "`true`";
    case "choice":
      return form.of.map((word) => `\`${word}\``).join(", ");
    case "mappings":
      return `names with mappings, at most ${mostAttributes}`;
    case "limit":
      return "a limit";
    case "signals":
      return "a mapping";
    case "inquiry":
      return "`true`, `false`, or a mapping";
    case "compensation":
      return "a worker type, or a mapping";
    case "retry":
      return "a retry policy";
    case "boolean":
      return "true or false";
    case "contracts":
      return "contracts by worker type";
  }
}
