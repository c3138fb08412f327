/** Whether a run is let through, one run at a time: what the journal in memory does, and every other one must agree with. */
import { unreachable } from "../../base/errors.ts";
import type { RunRow } from "../journal.ts";
import { foldCase } from "./fold-case.ts";
import type { AttributeCondition, FilterCondition, RunFilter, TimeBound } from "./run-filter.ts";

export const matchesFilter = (row: RunRow, { terms = [] }: RunFilter): boolean =>
  terms.every((term) => holds(row, term) !== (term.negated ?? false));

function holds(row: RunRow, condition: FilterCondition): boolean {
  const { field } = condition;
  switch (field) {
    case "status":
      return condition.anyOf.includes(row.status);
    case "phase":
      return condition.anyOf.includes(row.phase);
    case "workflow":
      return condition.anyOf.some(
        ({ name, version = row.workflowVersion }) => name === row.workflow && version === row.workflowVersion,
      );
    case "version":
      return condition.anyOf.includes(row.workflowVersion);
    case "id":
      return condition.anyOf.includes(row.id);
    case "cause":
      return row.cause !== undefined && condition.anyOf.includes(row.cause);
    case "incident":
      return condition.anyOf.some((kind) => row.incidents?.includes(kind));
    case "needs":
      return condition.anyOf.some((need) =>
        need === "attention" ? row.attention !== undefined : row.attention?.includes(need),
      );
    case "started":
      return condition.anyOf.some((bound) => stands(row.startedAt, bound));
    case "ended":
      return condition.anyOf.some((bound) => stands(row.endedAt, bound));
    case "attribute":
      return hasAttribute(row, condition);
    case "text":
      return row.error !== undefined && foldCase(row.error).includes(foldCase(condition.text));
    default:
      return unreachable(field);
  }
}

function hasAttribute({ attributes = {} }: RunRow, { name, anyOf }: AttributeCondition): boolean {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return value !== undefined && (anyOf === "anything" || anyOf.includes(value));
}

function stands(time: number | undefined, { is, at }: TimeBound): boolean {
  if (time === undefined) return false;
  switch (is) {
    case "<":
      return time < at;
    case "<=":
      return time <= at;
    case ">":
      return time > at;
    case ">=":
      return time >= at;
  }
}
