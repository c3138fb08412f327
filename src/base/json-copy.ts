/**
 * A program's value as JSON: a frozen copy, so that its owner keeps his own object and may go on changing it. What
 * JSON cannot say is refused with its path, never bent into something else: `JSON.stringify` makes `null` of NaN and
 * `{}` of a Map, and the order goes out without its total.
 */
import type { Json } from "./json.ts";
import { mostBytesOfNumber, mostBytesOfUnit } from "./payload-size.ts";

/** Far deeper than data is; a circle is deeper still. */
const deepest = 90;

/** The message names the place: `input.total is NaN, which JSON cannot say`. */
export class NotJson extends Error {}

export class JsonCopier {
  /** An upper bound of the copies' size as JSON text: the exact one is worth its price only near a limit. */
  bytesAtMost = 0;
  private readonly path: (string | number)[] = [];

  copy(value: unknown, key: string | number): Json {
    this.path.push(key);
    const copied = this.copyValue(value);
    this.path.pop();
    return copied;
  }

  private copyValue(value: unknown): Json {
    switch (typeof value) {
      case "string":
        this.bytesAtMost += value.length * mostBytesOfUnit + 3;
        return value;
      case "number":
        this.bytesAtMost += mostBytesOfNumber;
        // Adding 0 makes 0 of -0, which is what JSON makes of it.
        return Number.isFinite(value) ? value + 0 : this.refuse(String(value));
      case "boolean":
        this.bytesAtMost += 6;
        return value;
      case "object":
        this.bytesAtMost += 5;
        return value === null ? null : this.copyObject(value);
      default:
        return this.refuse(typeof value);
    }
  }

  private copyObject(value: object): Json {
    if (this.path.length > deepest)
      throw new NotJson(`${this.path[0]} is nested deeper than ${deepest}, or in a circle`);
    if (Array.isArray(value)) return this.copyItems(value);
    // Its toJSON would say null, as if nothing had been there.
    if (value instanceof Date && Number.isNaN(value.getTime())) this.refuse("an invalid Date");
    if (saysItself(value)) return this.copy(value.toJSON(), "toJSON()");
    if (!isPlain(value)) return this.refuse(`a ${value.constructor?.name ?? "object of a class"}`);
    return this.copyFields(value as Readonly<Record<string, unknown>>);
  }

  private copyItems(value: readonly unknown[]): Json {
    const copied: Json[] = [];
    // By number: a hole is an item that JSON cannot say, not one that is left out.
    for (let at = 0; at < value.length; at++) copied.push(this.copy(value[at], at));
    return Object.freeze(copied);
  }

  private copyFields(value: Readonly<Record<string, unknown>>): Json {
    // Cloned in one piece, so that it has the form of its model; then each field is looked at.
    const copied = { ...value } as Record<string, Json>;
    let lacks = false;
    for (const key in copied) {
      if (!Object.hasOwn(copied, key)) continue;
      if (key === "__proto__") this.refuse("an object with the key __proto__");
      const inner: unknown = copied[key];
      this.bytesAtMost += key.length * mostBytesOfUnit + 4;
      if (inner === undefined) lacks = true;
      else copied[key] = this.copy(inner, key);
    }
    return Object.freeze(lacks ? withoutUndefined(copied) : copied);
  }

  private refuse(what: string): never {
    const place = this.path
      .map((key, at) => (typeof key === "number" ? `[${key}]` : at === 0 ? key : `.${key}`))
      .join("");
    throw new NotJson(`${place} is ${what}, which JSON cannot say`);
  }
}

/** A field that is `undefined` is one that is not there. */
const withoutUndefined = (fields: Readonly<Record<string, Json | undefined>>): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Json;

const saysItself = (value: object): value is { toJSON(): unknown } =>
  "toJSON" in value && typeof value.toJSON === "function";

/** Made by a literal or without a prototype; also by those of another realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
