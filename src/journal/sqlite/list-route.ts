/**
 * The ways on which the runs of a filter can be found. Each is one or more lanes, a lane being a part of an index; the
 * conditions of the filter are then checked on what a lane leads to. The database keeps no statistics, so that it could
 * not choose well itself: which index is used is written down here, and the shortest way is found by counting.
 */
import { finalStatuses, type Phase, phases, type Status, statuses } from "../../saga/tables.ts";
import type { FilterTerm, RunFilter } from "../filter/run-filter.ts";
import { type Bound, timeCondition } from "./filter-condition.ts";

export interface Lane {
  /** A table with the index that is used. */
  readonly table: string;
  /** Where the table is not `runs`: how one gets from there to the run. */
  readonly join: string;
  readonly where: string;
  readonly given: readonly Bound[];
  /** The column that holds the run's number. */
  readonly run: string;
}

/** Its lanes have no run in common. */
export interface Route {
  readonly lanes: readonly Lane[];
  /** Each lane is in the order of the start: a page of it costs what a page holds, and not what the lane holds. */
  readonly isInOrder: boolean;
}

/** All runs, by the table itself. */
export const wholeTable: Route = { lanes: [lane("not indexed", [], [])], isInOrder: true };

/** The best first, as far as one can say without counting. None where the filter names nothing that is indexed. */
export function routesOf({ terms = [] }: RunFilter, hasDetails: boolean): readonly Route[] {
  const positive = terms.filter((term) => !term.negated);
  const ids = positive.flatMap((term) => (term.field === "id" ? [idRoute(term.anyOf)] : []));
  const details = hasDetails ? positive.flatMap(detailRoutes) : [];
  return [
    ...ids,
    ...details.filter(({ isInOrder }) => isInOrder),
    ...standingRoutes(terms),
    ...details.filter(isSorted),
  ];
}

const isSorted = ({ isInOrder }: Route): boolean => !isInOrder;

function idRoute(ids: readonly string[]): Route {
  return inOrder([...new Set(ids)].map((id) => lane("", ["runs.id = ?"], [id])));
}

function detailRoutes(term: FilterTerm): readonly Route[] {
  switch (term.field) {
    case "attribute": {
      const { name, anyOf } = term;
      if (anyOf === "anything") return [{ lanes: [attributeLane(["name = ?"], [name])], isInOrder: false }];
      return [inOrder([...new Set(anyOf)].map((value) => attributeLane(["name = ?", "value = ?"], [name, value])))];
    }
    case "needs":
      return [inOrder([lane("indexed by runs_needing", ["runs.attention is not null"], [])])];
    case "incident":
      return [inOrder([lane("indexed by runs_with_incident", ["runs.incidents is not null"], [])])];
    case "cause":
      return [
        inOrder([...new Set(term.anyOf)].map((cause) => lane("indexed by runs_of_cause", ["runs.cause = ?"], [cause]))),
      ];
    case "text":
      return [inOrder([lane("indexed by runs_with_error", ["runs.error is not null"], [])])];
    case "ended": {
      const [only, ...others] = term.anyOf;
      if (!only || others.length > 0) return [];
      const { sql, given } = timeCondition("runs.ended_at", only);
      return [{ lanes: [lane("indexed by runs_ended", [sql], given)], isInOrder: false }];
    }
    default:
      return [];
  }
}

/** By status, or by workflow and status. Phases count as the statuses that they can have (semantics.md, 4). */
function standingRoutes(terms: readonly FilterTerm[]): readonly Route[] {
  const wanted = statuses.filter((status) => terms.every((term) => canBe(status, term)));
  const workflows = terms.flatMap((term) =>
    term.field === "workflow" && !term.negated ? [[...new Set(term.anyOf.map(({ name }) => name))]] : [],
  );
  const routes = workflows.map((names) =>
    inOrder(
      names.flatMap((name) =>
        wanted.map((status) =>
          lane("indexed by runs_of_workflow", ["runs.workflow = ?", "runs.status = ?"], [name, status]),
        ),
      ),
    ),
  );
  if (wanted.length === statuses.length) return routes;
  return [...routes, inOrder(wanted.map((status) => lane("indexed by runs_of_status", ["runs.status = ?"], [status])))];
}

function canBe(status: Status, term: FilterTerm): boolean {
  if (term.field === "status") return term.anyOf.includes(status) !== (term.negated ?? false);
  if (term.field !== "phase") return true;
  return phasesOf(status).some((phase) => term.anyOf.includes(phase) !== (term.negated ?? false));
}

const phasesOf = (status: Status): readonly Phase[] =>
  phases.filter((phase) => (phase === "ended") === finalStatuses.has(status));

const inOrder = (lanes: readonly Lane[]): Route => ({ lanes, isInOrder: true });

function lane(how: string, conditions: readonly string[], given: readonly Bound[]): Lane {
  return { table: `runs ${how}`, join: "", where: whereOf(conditions), given, run: "runs.run" };
}

function attributeLane(conditions: readonly string[], given: readonly Bound[]): Lane {
  return {
    table: "run_attributes indexed by run_attributes_of_value",
    // Crosswise, so that SQLite keeps to the order of the two.
    join: "cross join runs on runs.run = run_attributes.run",
    where: whereOf(conditions),
    given,
    run: "run_attributes.run",
  };
}

/** Ready for a condition behind it. */
function whereOf(conditions: readonly string[]): string {
  return conditions.map((condition) => `${condition} and `).join("");
}
