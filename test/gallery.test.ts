/** The worry: a gallery that shows what the sources have not drawn for a long time. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { galleryPages } from "../tools/gallery/pages.ts";
import { galleryWorkflows } from "../tools/gallery/workflows.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

describe("the gallery", () => {
  const pages = galleryPages();
  const files = readdirSync(join(root, "docs/gallery"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));

  it("is what the sources draw; otherwise: npm run gallery", () => {
    expect(files.toSorted()).toEqual([...pages.keys()].toSorted());
    for (const [file, text] of pages) expect(readFileSync(join(root, file), "utf8") === text, file).toBe(true);
  });

  it("stays small", () => {
    const bytes = [...pages.values()].map((text) => Buffer.byteLength(text));
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2_000_000);
    expect(Math.max(...bytes)).toBeLessThan(150_000);
  });

  it("has every block, and every act of a step", () => {
    const workflows = [...galleryWorkflows().values()];
    const blocks = workflows.flatMap((workflow) => [...workflow.blocks.values()]);
    expect(new Set(blocks.map(({ is }) => is))).toEqual(new Set(["parallel", "choose", "forEach", "loop"]));
    const acts = workflows.flatMap(({ steps }) => steps.map(({ act }) => act.is));
    expect(new Set(acts)).toEqual(new Set(["work", "wait", "child", "fail"]));
    expect(workflows).toHaveLength(21);
  });

  it("leads from its pages to every picture", () => {
    const markdown = pages.get("docs/gallery/README.md") ?? "";
    const html = pages.get("docs/gallery/index.html") ?? "";
    for (const file of pages.keys()) {
      const path = file.replace("docs/gallery/", "");
      if (path === "README.md" || path === "index.html") continue;
      expect(markdown).toContain(`(${path})`);
      expect(html).toContain(`"${path}"`);
    }
  });
});
