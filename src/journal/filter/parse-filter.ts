/**
 * The filter language (docs/filter.md): `status:blocked workflow:order customer:c42 started:<1h "card declined"`.
 * Parsed once, where text comes in; whatever it cannot mean is refused with its place and what to write instead.
 */
import { longestDurationMs } from "../../base/duration.ts";
import type { ClewError } from "../../base/errors.ts";
import { isName, isRunId } from "../../base/ids.ts";
import { nearest } from "../../definition/nearest.ts";
import { causes, incidentKinds } from "../../saga/event.ts";
import { phases, statuses } from "../../saga/tables.ts";
import { attentionReasons } from "../../saga/attributes.ts";
import { filterFault, type FilterPlace, inQuotes } from "./filter-fault.ts";
import {
  comparisons,
  type FieldName,
  fieldNames,
  type FilterCondition,
  type RunFilter,
  type TimeBound,
  type WorkflowName,
} from "./run-filter.ts";
import { type ScannedTerm, type ScannedValue, scanFilter } from "./scan-filter.ts";
import { readTimeBound, type TimeFlaw } from "./time-bound.ts";

/** `attention` is any of the others. */
const needs = ["attention", ...attentionReasons] as const;
const anything = "*";

/**
 * `now` is what "an hour ago" counts from. Throws `invalid_filter`, whose details have the place: `offset` and `length`.
 * Half characters become U+FFFD, as they do wherever a journal keeps text.
 */
export function parseFilter(text: string, now: number): RunFilter {
  const parser = new FilterParser(text.toWellFormed(), now);
  const terms = scanFilter(parser.text).map((term) => {
    const condition = parser.conditionOf(term);
    return term.negated ? ({ ...condition, negated: true } as const) : condition;
  });
  return terms.length === 0 ? {} : { terms };
}

class FilterParser {
  readonly text: string;
  private readonly now: number;

  constructor(text: string, now: number) {
    this.text = text;
    this.now = now;
  }

  conditionOf({ name, values }: ScannedTerm): FilterCondition {
    if (!name) return { field: "text", text: values[0]?.text ?? "" };
    const known = fieldNames.find((field) => field === name.text);
    return known ? this.fieldCondition(known, values) : this.attributeCondition(name, values);
  }

  private fieldCondition(field: FieldName, values: readonly ScannedValue[]): FilterCondition {
    switch (field) {
      case "status":
        return { field, anyOf: this.words(field, values, statuses) };
      case "phase":
        return { field, anyOf: this.words(field, values, phases) };
      case "cause":
        return { field, anyOf: this.words(field, values, causes) };
      case "incident":
        return { field, anyOf: this.words(field, values, incidentKinds) };
      case "needs":
        return { field, anyOf: this.words(field, values, needs) };
      case "workflow":
        return { field, anyOf: values.map((value) => this.workflow(value)) };
      case "version":
        return { field, anyOf: values.map((value) => this.version(value)) };
      case "id":
        return { field, anyOf: values.map((value) => this.id(value)) };
      case "started":
      case "ended":
        return { field, anyOf: values.map((value) => this.time(field, value)) };
      case "age":
        return { field: "started", anyOf: values.map((value) => this.time(field, value)) };
    }
  }

  private words<Word extends string>(field: string, values: readonly ScannedValue[], known: readonly Word[]) {
    return values.map((value) => {
      const word = known.find((one) => one === value.text);
      if (word !== undefined) return word;
      const mend = `${meant(value.text, known)}Write some of ${known.join(", ")}.`;
      throw this.fault(value, `there is no ${field} ${inQuotes(value.text)}`, mend);
    });
  }

  private workflow(value: ScannedValue): WorkflowName {
    const [, name = "", version] = /^([^@]*)(?:@(.*))?$/s.exec(value.text) ?? [];
    if (!isName(name)) {
      const mend =
        "Write a name of small letters, digits, `_` and `-`, with a version or without: workflow:order, workflow:order@3.";
      throw this.fault(value, `${inQuotes(name)} is no name of a workflow`, mend);
    }
    if (version === undefined) return { name };
    const number = wholeNumber(version);
    if (number !== undefined) return { name, version: number };
    throw this.fault(value, `${inQuotes(version)} is no version`, `Write a whole number: workflow:${name}@3.`);
  }

  private version(value: ScannedValue): number {
    const number = wholeNumber(value.text);
    if (number !== undefined) return number;
    throw this.fault(value, `${inQuotes(value.text)} is no version`, "Write a whole number: version:3.");
  }

  private id(value: ScannedValue): string {
    if (isRunId(value.text)) return value.text;
    const mend = "Write a whole id: letters, digits, `_` and `-`, at most 64.";
    throw this.fault(value, `${inQuotes(value.text)} is no id of a run`, mend);
  }

  private time(field: "started" | "ended" | "age", value: ScannedValue): TimeBound {
    const bound = readTimeBound(value.text, this.now);
    if (typeof bound !== "object") throw this.timeFault(field, value, bound);
    if (field !== "age" || /[hmsd]$/.test(value.text)) return bound;
    throw this.fault(value, "an age is no date", `Write age:<1h, or started:${value.text}.`);
  }

  private timeFault(field: string, value: ScannedValue, flaw: TimeFlaw): ClewError {
    const { text } = value;
    const comparison = comparisons.find((known) => text.startsWith(known)) ?? "";
    const time = text.slice(comparison.length);
    const longest = `${longestDurationMs / 86_400_000}d`;
    switch (flaw) {
      case "no comparison":
        return this.fault(
          value,
          `${inQuotes(text)} does not say on which side of it`,
          `Write ${comparisons.join(", ")} before it: ${field}:<1h is less than an hour ago, ${field}:>2d more than two days.`,
        );
      case "no date":
        return this.fault(value, `${inQuotes(time)} is a time that never was`, "Write one of the calendar.");
      case "no zone":
        return this.fault(value, `${inQuotes(time)} has no time zone`, `Write ${text}Z for UTC, or ${text}+02:00.`);
      case "no time":
        return this.fault(
          value,
          `${inQuotes(time)} is neither an age nor a date`,
          `Write an age, such as 90s, 15m, 1h, 2d (at most ${longest}), or a date: 2026-11-01, 2026-11-01T14:00:00Z.`,
        );
    }
  }

  private attributeCondition(name: ScannedValue, values: readonly ScannedValue[]): FilterCondition {
    this.refuseSlip(name, values);
    const star = values.find(({ text, isQuoted }) => !isQuoted && text.includes(anything));
    if (!star) return { field: "attribute", name: name.text, anyOf: values.map(({ text }) => text) };
    if (star.text === anything && values.length === 1) {
      return { field: "attribute", name: name.text, anyOf: "anything" };
    }
    const mend = `Write ${name.text}:* alone for runs that have it at all, and a \`*\` that belongs to a value in quotes.`;
    throw this.fault(star, "a `*` stands for every value, and only alone", mend);
  }

  /** Any name may be an attribute's; one beside a field's, with a value that would fit there, is a slip of the pen. */
  private refuseSlip(name: ScannedValue, values: readonly ScannedValue[]): void {
    const near = nearest(name.text, fieldNames);
    const field = fieldNames.find((known) => known === near);
    const [first] = values;
    if (field === undefined || !first || first.isQuoted || !this.fits(field, values)) return;
    const mend = `Did you mean ${field}:? If ${name.text} is an attribute, put the value in quotes: ${name.text}:"${first.text}".`;
    throw this.fault(name, `there is no field ${inQuotes(name.text)}`, mend);
  }

  private fits(field: FieldName, values: readonly ScannedValue[]): boolean {
    try {
      this.fieldCondition(field, values);
      return true;
    } catch {
      return false;
    }
  }

  private fault(place: FilterPlace, what: string, mend: string): ClewError {
    return filterFault(this.text, place, what, mend);
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `Did you mean ${near}? `;
}
