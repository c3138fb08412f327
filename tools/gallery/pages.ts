/** The gallery as files: every view of every workflow as SVG and as text, and two pages that lead to them. */
import type { Workflow } from "../../src/definition/workflow.ts";
import { type PictureFormat, painters } from "../../src/diagram/formats.ts";
import { sketchDifference } from "../../src/diagram/difference/sketch-difference.ts";
import { runViews, viewNames, views } from "../../src/diagram/views.ts";
import { blockRuns, type GalleryRun } from "./block-runs.ts";
import { scriptedRuns } from "./scripted-runs.ts";
import { galleryWorkflows } from "./workflows.ts";

const folder = "docs/gallery";
/** An earlier version of another one: shown by what has changed since. */
const earlier = { file: "order-before", of: "order" } as const;

interface Picture {
  /** In the gallery's folder, without its ending. */
  readonly path: string;
  readonly heading: string;
  readonly draw: (format: PictureFormat) => string;
}

interface Room {
  readonly file: string;
  readonly workflow: Workflow;
  readonly pictures: readonly Picture[];
}

/** Paths from the root of the repository, with what stands in the files. */
export function galleryPages(): ReadonlyMap<string, string> {
  const workflows = galleryWorkflows();
  const before = workflows.get(earlier.file);
  const rooms = [...workflows]
    .filter(([file]) => file !== earlier.file)
    .map(([file, workflow]) => roomOf(file, workflow, file === earlier.of ? before : undefined));
  const pages = new Map<string, string>();
  for (const { path, draw } of rooms.flatMap(({ pictures }) => pictures)) {
    pages.set(`${folder}/${path}.svg`, draw("svg"));
    pages.set(`${folder}/${path}.txt`, draw("text"));
  }
  pages.set(`${folder}/README.md`, markdownPage(rooms));
  pages.set(`${folder}/index.html`, htmlPage(rooms));
  return pages;
}

function roomOf(file: string, workflow: Workflow, before: Workflow | undefined): Room {
  const runs = [...(scriptedRuns[file]?.(workflow) ?? []), ...(blockRuns[file] ?? [])];
  const pictures: Picture[] = [
    ...viewNames.map((view) => ({
      path: `${file}/${view}`,
      heading: `${view}: ${views[view].shows}`,
      draw: (format: PictureFormat) => views[view].drawings[format](workflow),
    })),
    ...runs.flatMap((run) => runPictures(file, workflow, run)),
  ];
  if (before) {
    pictures.push({
      path: `${file}/difference`,
      heading: `difference: what has changed since version ${before.version}`,
      draw: (format) => painters[format](sketchDifference(before, workflow)),
    });
  }
  return { file, workflow, pictures };
}

const runPictures = (file: string, workflow: Workflow, { label, says, picture }: GalleryRun): readonly Picture[] =>
  (["run", "undo"] as const)
    // Of a run that has ended, the run's own picture says all.
    .filter((view) => view === "run" || picture.phase !== "ended")
    .map((view) => ({
      path: `${file}/${view}-${label}`,
      heading: `${view} ${picture.id}: ${says}`,
      draw: (format) => painters[format](runViews[view].sketch(workflow, picture)),
    }));

const about =
  "What `clew draw` makes of twenty workflows, in each of its views, and of runs in each of their states. " +
  "Drawn by `npm run gallery` from `examples/gallery/`; a test compares. The pictures follow the reader's light or dark setting.";

function markdownPage(rooms: readonly Room[]): string {
  const sections = rooms.map(({ file, workflow, pictures }) => {
    const [first, ...others] = pictures;
    const runs = others.filter(({ path }) => path.includes("/run-"));
    const links = pictures.map(({ path, heading }) => `- ${heading} ([SVG](${path}.svg), [text](${path}.txt))`);
    const shown = runs.length > 0 ? runs.slice(0, 2) : first ? [first] : [];
    return [
      `## ${workflow.name}`,
      `[Definition](../../examples/gallery/${file}.yaml)`,
      links.join("\n"),
      ...shown.map(({ path, heading }) => `![${heading}](${path}.svg)`),
    ].join("\n\n");
  });
  return `${["# Gallery", about, ...sections].join("\n\n")}\n`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

const css = [
  ":root{color-scheme:light dark}",
  "body{font-family:system-ui,sans-serif;max-width:1240px;margin:2rem auto;padding:0 1rem;line-height:1.5}",
  "nav{columns:4 200px}nav a{display:block}",
  "img{max-width:100%;height:auto;border:1px solid #8886;border-radius:6px;margin:.5rem 0}",
  "pre{overflow-x:auto;line-height:1.2;font-size:13px}h2{border-bottom:1px solid #8886;margin-top:3rem}h3{margin-bottom:0}",
].join("");

function htmlPage(rooms: readonly Room[]): string {
  const links = rooms.map(({ workflow }) => `<a href="#${workflow.name}">${escaped(workflow.name)}</a>`);
  return `${[
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><title>Clew: gallery</title>',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<style>${css}</style></head><body>`,
    "<h1>Gallery</h1>",
    `<p>${escaped(about).replace(/`([^`]*)`/g, "<code>$1</code>")}</p>`,
    `<nav>${links.join("")}</nav>`,
    ...rooms.flatMap(roomSection),
    "</body></html>",
  ].join("\n")}\n`;
}

function roomSection({ file, workflow, pictures }: Room): readonly string[] {
  const [first] = pictures;
  const source = `../../examples/gallery/${file}.yaml`;
  return [
    `<h2 id="${workflow.name}">${escaped(workflow.name)}</h2>`,
    `<p><a href="${source}">Definition</a></p>`,
    ...pictures.map(
      ({ path, heading }) =>
        `<h3>${escaped(heading)}</h3>\n<p><img src="${path}.svg" alt="${escaped(heading)}" loading="lazy"><br><a href="${path}.txt">as text</a></p>`,
    ),
    ...(first
      ? (["mermaid", "dot"] as const).map(
          (format) =>
            `<details><summary>workflow as ${format}</summary><pre>${escaped(first.draw(format))}</pre></details>`,
        )
      : []),
  ];
}
