/** `npm run docs`: writes `docs/reference/` anew from the sources. A test compares the two. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { referencePages } from "./pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

for (const [file, text] of await referencePages()) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
