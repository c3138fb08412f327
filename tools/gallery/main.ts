/** `npm run gallery`: writes `docs/gallery/` anew from `examples/gallery/`. A test compares the two. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { galleryPages } from "./pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

rmSync(join(root, "docs/gallery"), { recursive: true, force: true });
for (const [file, text] of galleryPages()) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
