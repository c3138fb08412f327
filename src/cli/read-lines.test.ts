/** The worry: a line that falls between two pieces of a file, or a file without line breaks that fills the memory. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Line, longestLineBytes, readLines } from "./read-lines.ts";

async function* chunked(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(from, Math.max(from, cut));
    from = Math.max(from, cut);
  }
  yield bytes.subarray(from);
}

async function linesOf(bytes: Uint8Array | string, cuts: readonly number[] = []): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const source = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  for await (const line of readLines(chunked(source, cuts), "orders.jsonl")) lines.push(line);
  return lines;
}

describe("readLines", () => {
  it("gives the same lines wherever the pieces are cut, also within a character", async () => {
    const line = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll(/\s|\ufeff/g, "_"));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (texts, cuts) => {
        const bytes = Buffer.from(texts.join("\n"));
        const wanted = texts.map((text, place) => ({ number: place + 1, text })).filter(({ text }) => text !== "");
        expect(
          await linesOf(
            bytes,
            cuts.filter((cut) => cut <= bytes.length),
          ),
        ).toEqual(wanted);
      }),
    );
  });

  it("counts empty lines and leaves them out; takes CRLF and a byte order mark", async () => {
    expect(await linesOf("\uFEFF1\r\n\r\n  \n2")).toEqual([
      { number: 1, text: "1" },
      { number: 4, text: "2" },
    ]);
  });

  it("refuses a line above the bound as soon as it is above, with file and line", async () => {
    let pieces = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("1\n");
      for (;;) {
        pieces++;
        yield Buffer.alloc(64 * 1024, "x");
      }
    }
    const lines = readLines(endless(), "orders.jsonl");
    await expect(Array.fromAsync(lines)).rejects.toMatchObject({
      code: "invalid_input",
      message: `orders.jsonl:2: the line is longer than ${longestLineBytes} bytes`,
    });
    expect(pieces).toBe(longestLineBytes / (64 * 1024) + 1);
  });

  it("takes a line that is exactly as long as the bound", async () => {
    const [line] = await linesOf(`${"x".repeat(longestLineBytes)}\n`);
    expect(line?.text).toHaveLength(longestLineBytes);
    await expect(linesOf(`${"x".repeat(longestLineBytes + 1)}\n`)).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("refuses what is not UTF-8, with file and line", async () => {
    await expect(linesOf(Buffer.from([0x31, 0x0a, 0xff, 0xfe]))).rejects.toThrow(
      "orders.jsonl:2: the line is not UTF-8",
    );
  });
});
