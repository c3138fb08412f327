/**
 * A filter's terms as SQL over the table `runs`. Columns carry a `+`, which keeps SQLite from choosing an index by them:
 * which one is used is decided in `list-route.ts`. Every value is bound, none becomes text of a statement.
 */
import { unreachable } from "../../base/errors.ts";
import { foldCase } from "../filter/fold-case.ts";
import type { AttributeCondition, FilterCondition, FilterTerm, TimeBound } from "../filter/run-filter.ts";

export type Bound = string | number;

export interface Condition {
  readonly sql: string;
  readonly given: readonly Bound[];
}

/** Of what no run can be: there is no need to look for one. */
export const never: Condition = { sql: "0", given: [] };

/** `hasDetails`: whether the tables have what version 4 brought; before it, no run has any of that. */
export function conditionOf(term: FilterTerm, hasDetails: boolean): Condition {
  const condition = positive(term, hasDetails);
  // Of nothing the database says neither yes nor no, and that is no as well.
  return term.negated ? { ...condition, sql: `(${condition.sql}) is not true` } : condition;
}

function positive(term: FilterCondition, hasDetails: boolean): Condition {
  const { field } = term;
  if (isDetail(field) && !hasDetails) return never;
  switch (field) {
    case "status":
    case "phase":
    case "id":
    case "cause":
      return among(`+runs.${field}`, term.anyOf);
    case "version":
      return among("+runs.workflow_version", term.anyOf);
    case "workflow":
      return either(
        term.anyOf.map(({ name, version }) =>
          version === undefined
            ? { sql: "+runs.workflow = ?", given: [name] }
            : { sql: "+runs.workflow = ? and +runs.workflow_version = ?", given: [name, version] },
        ),
      );
    case "incident":
      return either(term.anyOf.map((kind) => inList("runs.incidents", kind)));
    case "needs":
      return either(
        term.anyOf.map((need) =>
          need === "attention" ? { sql: "runs.attention is not null", given: [] } : inList("runs.attention", need),
        ),
      );
    case "started":
      return either(term.anyOf.map((bound) => timeCondition("+runs.started_at", bound)));
    case "ended":
      return either(term.anyOf.map((bound) => timeCondition("+runs.ended_at", bound)));
    case "attribute":
      return attributeCondition(term);
    case "text":
      return { sql: "instr(folded(runs.error), ?) > 0", given: [foldCase(term.text)] };
    default:
      return unreachable(field);
  }
}

const details: ReadonlySet<FilterCondition["field"]> = new Set(["cause", "incident", "needs", "attribute", "text"]);
const isDetail = (field: FilterCondition["field"]): boolean => details.has(field);

export const timeCondition = (column: string, { is, at }: TimeBound): Condition => ({
  sql: `${column} ${is} ?`,
  given: [at],
});

function attributeCondition({ name, anyOf }: AttributeCondition): Condition {
  const has = "select 1 from run_attributes where run = runs.run and name = ?";
  if (anyOf === "anything") return { sql: `exists (${has})`, given: [name] };
  return { sql: `exists (${has} and value in (${places(anyOf)}))`, given: [name, ...anyOf] };
}

function among(column: string, values: readonly Bound[]): Condition {
  return values.length === 0 ? never : { sql: `${column} in (${places(values)})`, given: values };
}

/** A list is kept as JSON, and its words need no escape. */
const inList = (column: string, word: string): Condition => ({ sql: `instr(${column}, ?) > 0`, given: [`"${word}"`] });

function either(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return never;
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(" or ")})`,
    given: conditions.flatMap(({ given }) => given),
  };
}

const places = (values: readonly unknown[]): string => values.map(() => "?").join(", ");
