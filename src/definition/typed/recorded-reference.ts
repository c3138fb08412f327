/**
 * References at run time. A reference stands for a value that is only known when a run is under way; the block that
 * records a workflow runs once, before. So it can be followed to a field, put into a mapping and given a fallback, and
 * every other use throws at once and says what to write instead.
 *
 * What JavaScript does not tell anybody, `if (order.vip)`, is noticed when the block ends: that reference went nowhere.
 */
import { ClewError } from "../../base/errors.ts";
import { isJsonList, isJsonObject, type Json } from "../../base/json.ts";
import { parseReferencePath, PathFault } from "../reference-path.ts";
import { shown } from "../value-path.ts";
import { Expression } from "./expression.ts";
import type { Mapping, Ref, Reference } from "./reference-type.ts";

/** What is known of a reference. */
interface Recorded {
  readonly book: ReferenceBook;
  readonly path: string;
  /** Given by `orElse`. */
  readonly otherwise?: Json;
  /** Where it was made, for whoever has to find it; `undefined` of one that need not be used. */
  readonly madeAt: Error | undefined;
  isUsed: boolean;
}

/** Of every reference, whoever made it: a proxy shows nothing of what it stands for. */
const recorded = new WeakMap<object, Recorded>();

export const isReference = (value: unknown): value is Reference<unknown> => recordedOf(value) !== undefined;

/** A function is a key of a WeakMap too, and a reference is one. */
const recordedOf = (value: unknown): Recorded | undefined =>
  (typeof value === "function" || typeof value === "object") && value !== null ? recorded.get(value) : undefined;

/** The references of one block. */
export class ReferenceBook {
  private readonly owner: string;
  private readonly made: Recorded[] = [];
  private isClosed = false;

  /** `owner` is said in errors: the workflow's name. */
  constructor(owner: string) {
    this.owner = owner;
  }

  /** A reference that nobody has to use: the input, a step's output. */
  root<T>(path: string): Ref<T> {
    return this.proxy({ book: this, path, madeAt: undefined, isUsed: true }) as Ref<T>;
  }

  /** Follows a reference to a field. */
  field(parent: Recorded, key: string): unknown {
    this.mustBeOpen(parent.path);
    parent.isUsed = true;
    if (parent.otherwise !== undefined) {
      const mend = 'Follow the reference first: `orElse(order.address.city, "")`.';
      throw misused(parent.path, `it has a fallback, so that its field \`${shown(key)}\` cannot be referred to`, mend);
    }
    const path = /^(?:0|[1-9]\d{0,8})$/.test(key) ? `${parent.path}[${key}]` : `${parent.path}.${key}`;
    if (parseReferencePath(path) instanceof PathFault) {
      const mend = "Give the field a name without spaces, dots and brackets, or take it out in a worker.";
      throw misused(parent.path, `its field \`${shown(key)}\` cannot be named in a path`, mend);
    }
    return this.note({ book: this, path, madeAt: new Error(`\`${path}\` was taken here`), isUsed: false });
  }

  fallback(of: Recorded, otherwise: Json): unknown {
    this.mustBeOpen(of.path);
    of.isUsed = true;
    if (of.otherwise !== undefined)
      return this.note({ ...of, otherwise: this.behind(of, of.otherwise, otherwise), isUsed: false });
    return this.note({ ...of, otherwise, madeAt: new Error(`\`${of.path}\` was taken here`), isUsed: false });
  }

  /** `orElse(orElse(a, b), c)`: `c` where neither `a` nor `b` is there. */
  private behind({ path }: Recorded, first: Json, second: Json): Json {
    if (isJsonObject(first) && typeof first["$"] === "string") {
      const inner = first["else"];
      return { ...first, else: inner === undefined ? second : this.behind({ path } as Recorded, inner, second) };
    }
    throw misused(path, "its fallback is always there, so that a second one has no sense", "Keep one of the two.");
  }

  /** A mapping as it stands in the definition. */
  write(value: unknown): Json {
    const known = recordedOf(value);
    if (known) return this.writeReference(known);
    if (value instanceof Expression) return { $cel: this.writeExpression(value) };
    if (Array.isArray(value)) return value.map((item: unknown) => this.write(item));
    if (!isPlain(value)) return value as Json;
    const entries = Object.entries(value).flatMap(([key, inner]): [string, Json][] =>
      inner === undefined ? [] : [[key, this.write(inner)]],
    );
    const written = Object.fromEntries(entries);
    return entries.some(([key]) => key.startsWith("$")) ? quoted(value, written) : written;
  }

  /** A condition as it stands in the definition. */
  writeExpression(expression: Expression): string {
    if (expression instanceof Expression) return expression.text((value) => this.write(value));
    throw new ClewError("reference_misused", "a condition is no expression", {
      mend: "Write it with `cel`: cel`${order.total} > 100`.",
    });
  }

  /** The path of one of its references; `undefined` of anything else, and of one with a fallback. */
  pathOf(value: unknown): string | undefined {
    const known = recordedOf(value);
    return known?.book === this && known.otherwise === undefined ? known.path : undefined;
  }

  /** The block has ended. Throws where a reference went nowhere. */
  close(): void {
    this.isClosed = true;
    const lost = this.made.find(({ isUsed }) => !isUsed);
    if (!lost) return;
    const why = `it was read${placeOf(lost.madeAt)} and went into no input, no output, no expression and no further reference`;
    const mend =
      "It stands for a value that no run has yet, so `if`, `!`, `&&`, `?:` and `===` can decide nothing by it: decide with `when: cel`…`` or in a worker, or take the line out.";
    throw misused(lost.path, why, mend, lost.madeAt);
  }

  private writeReference(reference: Recorded): Json {
    if (reference.book !== this) {
      const mend = `Use a reference where it was made: in the block of ${reference.book.owner}.`;
      throw misused(reference.path, `it belongs to ${reference.book.owner}, not to ${this.owner}`, mend);
    }
    reference.isUsed = true;
    const { path, otherwise } = reference;
    return otherwise === undefined ? { $: path } : { $: path, else: otherwise };
  }

  private note(reference: Recorded): unknown {
    this.made.push(reference);
    return this.proxy(reference);
  }

  private proxy(reference: Recorded): object {
    const made = new Proxy(target(reference), trapsOf(reference));
    recorded.set(made, reference);
    return made;
  }

  private mustBeOpen(path: string): void {
    if (!this.isClosed) return;
    const mend = "Refer to it inside the block; a block is not `async`, and keeps nothing for later.";
    throw misused(path, `the block of ${this.owner} has ended`, mend);
  }
}

/** The line of the user's own that made it, as far as the machine tells. */
function placeOf(madeAt: Error | undefined): string {
  const lines = madeAt?.stack?.split("\n").slice(1) ?? [];
  const own = lines.find((line) => !line.includes(import.meta.url) && !line.includes("<anonymous>"));
  const place = own === undefined ? undefined : /\(?((?:file:|\/)[^()]*:\d+:\d+)\)?$/.exec(own.trim())?.[1];
  return place === undefined ? "" : ` at ${place}`;
}

/** A reference with what is taken where it leads nowhere: data, or a mapping with references of its own. */
export function orElse<T, const Otherwise extends Mapping<NonNullable<T>> | null>(
  reference: Reference<T>,
  otherwise: Otherwise,
): Ref<Exclude<T, undefined> | (Otherwise extends null ? null : never)> {
  const known = recordedOf(reference);
  if (!known) {
    throw new ClewError("reference_misused", "`orElse` is given a value, and takes a reference", {
      mend: "Write the value where it is wanted; only a reference can lead nowhere.",
    });
  }
  return known.book.fallback(known, known.book.write(otherwise)) as never;
}

/** Data with a `$` key is quoted; where a reference lies inside, it cannot be. */
function quoted(value: object, written: Json): Json {
  if (!holdsReference(value)) return { $lit: written };
  throw new ClewError("reference_misused", "a mapping with a key that begins with `$` holds a reference", {
    mend: "Such keys are words of the definition: give the field another name, or build it in a worker.",
  });
}

function holdsReference(value: unknown): boolean {
  if (isReference(value)) return true;
  if (Array.isArray(value)) return value.some(holdsReference);
  return value instanceof Expression || (isPlain(value) && Object.values(value).some(holdsReference));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null || isJsonList(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const inspecting = Symbol.for("nodejs.util.inspect.custom");

/** A function, so that a call, or `new`, can be told what is wrong with it. What prints it shows its path. */
function target({ path }: Recorded): () => void {
  return Object.assign(function reference() {}, { [inspecting]: () => `[reference ${path}]` });
}

/** What to write instead. */
const advice = {
  text: "Build texts in a worker: a reference has no value before the run.",
  list: "Give the whole list to a worker; a reference cannot be looped over or spread.",
  fields: "Name the fields one by one, `{ id: order.id }`, or give the reference whole.",
  calling: "Call nothing on a reference: compute in a worker, and refer to its output.",
  changing: "References cannot be changed; write another mapping.",
  waiting: "Await nothing in the block: the value comes when the run has it.",
} as const;

function trapsOf(reference: Recorded): ProxyHandler<() => void> {
  const refuse = (why: string, mend: string | undefined) => (): never => {
    throw misused(reference.path, why, mend ?? "");
  };
  const asFields = refuse("its fields are listed or spread", advice.fields);
  const asChanged = refuse("it is changed", advice.changing);
  return {
    get(held, key) {
      if (key === inspecting) return Reflect.get(held, key) as unknown;
      if (typeof key === "symbol") return refuseSymbol(reference, key);
      const misuse = misusedBy.get(key);
      if (misuse) throw misused(reference.path, misuse.why, misuse.mend);
      return reference.book.field(reference, key);
    },
    apply: refuse("it is called", advice.calling),
    construct: refuse("it is called", advice.calling),
    has: refuse(
      "a field is looked for in it",
      "Refer to the field with `orElse(order.note, …)`, which says what to take where it is missing.",
    ),
    ownKeys: asFields,
    getOwnPropertyDescriptor: asFields,
    getPrototypeOf: refuse("it is asked what it is an instance of", advice.calling),
    set: asChanged,
    defineProperty: asChanged,
    deleteProperty: asChanged,
    setPrototypeOf: asChanged,
    preventExtensions: asChanged,
  };
}

interface Misuse {
  readonly why: string;
  readonly mend: string;
}

const asText: Misuse = { why: "it is used as a text or a number", mend: advice.text };
const asPromise: Misuse = { why: "it is awaited", mend: advice.waiting };

/** What JavaScript itself asks of a value that is used as one. */
const misusedBy: ReadonlyMap<string, Misuse> = new Map([
  ...["toString", "valueOf", "toLocaleString"].map((key) => [key, asText] as const),
  ...["then", "catch", "finally"].map((key) => [key, asPromise] as const),
  ["toJSON", { why: "it is written as JSON", mend: advice.text }],
]);

function refuseSymbol({ path }: Recorded, key: symbol): undefined {
  switch (key) {
    case Symbol.iterator:
    case Symbol.asyncIterator:
    case Symbol.isConcatSpreadable:
      throw misused(path, "it is looped over or spread", advice.list);
    case Symbol.toPrimitive:
    case Symbol.toStringTag:
      throw misused(path, asText.why, asText.mend);
    default:
      // What test runners and debuggers look for, to tell how to show it.
      return undefined;
  }
}

const misused = (path: string, why: string, mend: string, cause?: Error): ClewError =>
  new ClewError("reference_misused", `\`${path}\` is a reference, and ${why}`, { mend, cause });
