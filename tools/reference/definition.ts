/** The reference of definitions: the vocabulary and the catalogue of problems, as tables. */
import { definitionProblemCatalogue } from "../../src/definition/definition-problem.ts";
import {
  type Form,
  mostAttributes,
  mostErrorCodes,
  type TermHolder,
  termHolders,
  vocabulary,
} from "../../src/definition/vocabulary.ts";

const titles: Readonly<Record<TermHolder, string>> = {
  workflow: "A workflow",
  step: "A step, in `steps`",
  limit: "A limit",
  inquiry: "An inquiry, where it is more than `true`",
  compensation: "A compensation, where it is more than a worker's name",
  retry: "A retry policy",
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
    case "codes":
      return `a list of 1 to ${mostErrorCodes} error codes`;
    case "mapping":
      return "a mapping: data with references";
    case "schema":
      return "a JSON Schema";
    case "steps":
      return "a list of steps";
    case "choice":
      return form.of.map((word) => `\`${word}\``).join(", ");
    case "mappings":
      return `names with mappings, at most ${mostAttributes}`;
    case "limit":
      return "a limit";
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
