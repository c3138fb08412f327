/** The reference of errors: the one catalogue, with what follows from each. */
import { type Consequence, errorCatalogue, exitCodeOf } from "../../src/base/errors.ts";

const consequences: Readonly<Record<Consequence, string>> = {
  invalid: "The request is wrong; the same one fails again.",
  invalid_definition: "The workflow or its input is wrong; nothing was stored.",
  not_found: "It is not there.",
  conflict: "Somebody or something else was first, or says something else.",
  retryable: "The same request may succeed later.",
  unavailable: "Something that is needed is out of reach.",
  not_allowed: "It may not be done.",
  timed_out: "It did not come in time.",
  found_wrong: "It was done, and the answer is no.",
};

export function errorReference(): string {
  const codes = Object.entries(errorCatalogue)
    .toSorted(([a], [b]) => a.localeCompare(b, "en"))
    .map(
      ([code, { consequence, meaning }]) =>
        `| \`${code}\` | ${meaning} | ${consequence} | ${exitCodeOf[consequence]} |`,
    );
  const kinds = Object.entries(consequences).map(([name, text]) => `| ${name} | ${text} |`);
  return `${head}
| code | when | consequence | exit code |
| --- | --- | --- | --- |
${codes.join("\n")}

## Consequences

| consequence | what follows |
| --- | --- |
${kinds.join("\n")}
`;
}

const head = `# Errors

Every error of the library is a \`ClewError\` with a stable \`code\`, a message that says what was attempted and what stood in the way, a
\`mend\` that says what to do, and \`details\` for programs. Put together from the catalogue by \`npm run docs\`.

Failures of workers are no errors of the engine: they carry a \`Problem\` with the worker's own code. The engine gives these: \`timed_out\`,
\`withdrawn\`, \`worker_crashed\`, \`cancelled\`, \`command_unreadable\`, \`reference_missing\`, \`input_invalid\`, \`output_invalid\`,
\`payload_too_large\`; of an expression \`expression_type\`, \`expression_number\`, \`expression_limit\`.
`;
