/** Random filters over few words, so that they meet runs; every one of them can be written as text. */
import fc from "fast-check";
import { comparisons, type FilterCondition, type FilterTerm, type RunFilter } from "../journal/filter/run-filter.ts";
import { attentionReasons } from "../saga/attributes.ts";
import { causes, incidentKinds } from "../saga/event.ts";
import { phases, statuses } from "../saga/tables.ts";

/** What sampled runs have, and some that they have not. */
export const filterWords = {
  workflows: ["order", "return", "refund", "none"],
  attributes: ["customer", "region", "x.y-z_1"],
  values: ["c1", "c2", "c3", "two words", '"\\', "*", "größe", ""],
  texts: ["Card declined", "CARD", "größe", "GRÖSSE", "\\d", '"', "no such"],
} as const;

const some = <Value>(values: readonly Value[]) => fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const textOr = (words: readonly string[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }) },
  );

const bounds = fc.array(fc.record({ is: fc.constantFrom(...comparisons), at: fc.integer({ min: -10, max: 10_010 }) }), {
  minLength: 1,
  maxLength: 2,
});

const names = fc.array(
  fc.oneof(
    fc.record({ name: fc.constantFrom(...filterWords.workflows) }),
    fc.record({ name: fc.constantFrom(...filterWords.workflows), version: fc.integer({ min: 1, max: 5 }) }),
  ),
  { minLength: 1, maxLength: 3 },
);

const conditions: readonly fc.Arbitrary<FilterCondition>[] = [
  fc.record({ field: fc.constant("status"), anyOf: some(statuses) }),
  fc.record({ field: fc.constant("phase"), anyOf: some(phases) }),
  fc.record({ field: fc.constant("cause"), anyOf: some(causes) }),
  fc.record({ field: fc.constant("incident"), anyOf: some(incidentKinds) }),
  fc.record({ field: fc.constant("needs"), anyOf: some(["attention", ...attentionReasons] as const) }),
  fc.record({ field: fc.constant("workflow"), anyOf: names }),
  fc.record({ field: fc.constant("version"), anyOf: some([1, 2, 3, 4, 5]) }),
  fc.record({ field: fc.constant("id"), anyOf: some(["run-1", "run-2", "run-3", "run-10", "none"]) }),
  fc.record({ field: fc.constant("started"), anyOf: bounds }),
  fc.record({ field: fc.constant("ended"), anyOf: bounds }),
  fc.record({
    field: fc.constant("attribute"),
    name: fc.constantFrom(...filterWords.attributes),
    anyOf: fc.oneof(
      fc.constant("anything" as const),
      fc.array(textOr(filterWords.values), { minLength: 1, maxLength: 3 }),
    ),
  }),
  fc.record({ field: fc.constant("text"), text: textOr(filterWords.texts).filter((text) => text !== "") }),
];

const terms: fc.Arbitrary<FilterTerm> = fc
  .tuple(fc.oneof(...conditions), fc.nat(3))
  .map(([condition, luck]) => (luck === 0 ? { ...condition, negated: true } : condition));

export const filters: fc.Arbitrary<RunFilter> = fc
  .array(terms, { maxLength: 3 })
  .map((all) => (all.length === 0 ? {} : { terms: all }));

/** The filter that a random number stands for. */
export const filterOf = (seed: number): RunFilter => fc.sample(filters, { seed, numRuns: 1 })[0] ?? {};
