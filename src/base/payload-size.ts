/**
 * How large a payload may be: an input, or an output with its undo. With the attributes around it, it then fits one
 * message of a mebibyte. Who is refused is told which field is large, because nobody finds it by the sum.
 */
import { isJsonList, isJsonObject, type Json } from "./json.ts";

export const largestPayloadBytes = 1024 * 1024 - 16 * 1024;

/** In JSON no UTF-16 unit takes more than six bytes (`\u001f`), and no number more than 25. */
export const mostBytesOfUnit = 6;
export const mostBytesOfNumber = 25;

/**
 * What is wrong with the size of `value`, named `name`: a sentence without its subject, such as `has 1,200,000 bytes,
 * more than 1,032,192; the largest part is input.photo`. `undefined` where it fits. An empty name stands for several
 * payloads in one, each a field.
 */
export function sizeFault(value: Json, name: string): string | undefined {
  if (isSurelySmall(value)) return undefined;
  const bytes = jsonBytes(value);
  if (bytes <= largestPayloadBytes) return undefined;
  const part = largestPart(value, name, bytes);
  const where = part === name ? "" : `; the largest part is ${part}`;
  return `has ${inThousands(bytes)} bytes, more than ${inThousands(largestPayloadBytes)}${where}`;
}

/** As UTF-8. */
function jsonBytes(value: Json): number {
  const text = JSON.stringify(value);
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // A lone half of a pair is written as an escape, so what is left of halves makes pairs: four bytes for two units.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** By an upper bound: the exact size is worth its price only near the limit. */
function isSurelySmall(value: Json): boolean {
  let left = largestPayloadBytes;
  const count = (inner: Json): void => {
    left -= mostBytesOfNumber;
    if (left < 0) return;
    if (typeof inner === "string") left -= inner.length * mostBytesOfUnit;
    else if (isJsonList(inner)) for (const item of inner) count(item);
    else if (isJsonObject(inner)) {
      for (const key in inner) {
        left -= key.length * mostBytesOfUnit;
        count(inner[key] ?? null);
      }
    }
  };
  count(value);
  return left >= 0;
}

/** The innermost value that is more than half of the whole. */
function largestPart(value: Json, name: string, bytes: number): string {
  if (typeof value !== "object" || value === null) return name;
  for (const [key, inner] of Object.entries(value as Readonly<Record<string, Json>>)) {
    if (jsonBytes(inner) * 2 <= bytes) continue;
    return largestPart(inner, partName(name, key, isJsonList(value)), bytes);
  }
  return name;
}

/** A key that is not a plain word may be a secret or a trick: it is not said. */
function partName(name: string, key: string, isList: boolean): string {
  if (isList) return `${name}[${key}]`;
  const field = /^[\w$-]{1,80}$/.test(key) ? key : "…";
  return name === "" ? field : `${name}.${field}`;
}

const inThousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
