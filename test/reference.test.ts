/** The worry: a reference that describes the version before. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as clew from "clew";
import { referencePages } from "../tools/reference/pages.ts";

const committed = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

test("the reference is what `npm run docs` makes of the sources", async () => {
  const pages = await referencePages();
  expect(pages.size).toBe(4);
  for (const [file, text] of pages) expect(committed(file), `${file}: run npm run docs`).toBe(text);
}, 60_000);

test("the library's reference has everything that can be imported, with a docstring", () => {
  const text = committed("docs/reference/library.md");
  const bare = Object.keys(clew).filter((name) => !new RegExp(`^## ${name}\\n\\n[^\`]`, "m").test(text));
  expect(bare).toEqual([]);
});
