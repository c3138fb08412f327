/** A filter as text again, so that people see how theirs was understood: parsing it gives the same filter. */
import { unreachable } from "../../base/errors.ts";
import type { FilterCondition, FilterTerm, RunFilter, TimeBound, WorkflowName } from "./run-filter.ts";

export function printFilter({ terms = [] }: RunFilter): string {
  return terms.map(printTerm).join(" ");
}

const printTerm = (term: FilterTerm): string => `${term.negated ? "-" : ""}${printCondition(term)}`;

function printCondition(condition: FilterCondition): string {
  const { field } = condition;
  switch (field) {
    case "status":
    case "phase":
    case "version":
    case "id":
    case "cause":
    case "incident":
    case "needs":
      return `${field}:${condition.anyOf.join(",")}`;
    case "workflow":
      return `${field}:${condition.anyOf.map(printWorkflow).join(",")}`;
    case "started":
    case "ended":
      return `${field}:${condition.anyOf.map(printBound).join(",")}`;
    case "attribute":
      return `${condition.name}:${condition.anyOf === "anything" ? "*" : condition.anyOf.map(quote).join(",")}`;
    case "text":
      return quote(condition.text);
    default:
      return unreachable(field);
  }
}

const printWorkflow = ({ name, version }: WorkflowName): string =>
  version === undefined ? name : `${name}@${version}`;

const printBound = ({ is, at }: TimeBound): string => `${is}${new Date(at).toISOString()}`;

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
