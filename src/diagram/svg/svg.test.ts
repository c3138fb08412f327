/**
 * The worry: a picture that is no well-formed XML, that runs what somebody wrote into a name, or that cannot be read on a
 * dark page or without eyes.
 *
 * @vitest-environment jsdom
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDefinition } from "../../definition/content-hash.ts";
import type { Workflow } from "../../definition/workflow.ts";
import { anyWorkflow } from "../../testing/arbitrary-workflow.ts";
import { hostileTexts } from "../../testing/hostile-texts.ts";
import { drawDifference, viewNames, views } from "../views.ts";
import { dark, light, type Palette } from "./style.ts";
import { textWidth } from "./text-width.ts";

/** As much of the DOM as is looked at; its types would make every global of a browser known to the engine. */
interface XmlElement {
  readonly localName: string;
  readonly textContent: string | null;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
}

interface XmlDocument {
  readonly documentElement: XmlElement;
  querySelector(selector: string): XmlElement | null;
  querySelectorAll(selector: string): Iterable<XmlElement>;
}

const { DOMParser } = globalThis as unknown as {
  readonly DOMParser: new () => { parseFromString(text: string, type: string): XmlDocument };
};

function parsed(svg: string): XmlDocument {
  const document = new DOMParser().parseFromString(svg, "image/svg+xml");
  expect(document.querySelector("parsererror")?.textContent ?? "").toBe("");
  return document;
}

const allOf = (workflow: Workflow): readonly string[] => [
  ...viewNames.map((view) => views[view].drawings.svg(workflow)),
  drawDifference("svg", workflow, workflow),
];

const elements = new Set(["svg", "title", "desc", "style", "rect", "g", "path", "text"]);
const attributes = new Set("xmlns class role width height viewBox x y rx d transform".split(" "));

/** Nothing in it runs, loads, or is referred to. */
function expectInert(document: XmlDocument): void {
  for (const element of document.querySelectorAll("*")) {
    expect(elements.has(element.localName), element.localName).toBe(true);
    for (const { name, value } of element.attributes) {
      expect(attributes.has(name), name).toBe(true);
      if (name !== "xmlns") expect(value).not.toMatch(/url|:\/\/|javascript/i);
    }
  }
  expect(document.querySelector("style")?.textContent).not.toMatch(/url|@import|</);
}

const everywhere = (text: string): Workflow =>
  loadDefinition({
    workflow: text,
    version: 1,
    steps: [
      { step: `${text}1`, worker: text, when: text, compensation: { worker: text } },
      { choose: `${text}2`, cases: [{ when: text, steps: [{ fail: `${text}3`, code: text }] }] },
      { parallel: `${text}4`, branches: { [text]: [{ wait: `${text}5`, signal: text }] } },
      { forEach: `${text}6`, in: { $: text }, as: text, steps: [{ child: `${text}7`, workflow: text }] },
      { loop: `${text}8`, until: text, max: 3, steps: [{ wait: `${text}9`, until: { $cel: text } }] },
    ],
  });

describe("an SVG picture", () => {
  it("of any workflow is well-formed and inert, with a role, a title and a description", () => {
    fc.assert(
      fc.property(anyWorkflow, (workflow) => {
        for (const svg of allOf(workflow)) {
          const document = parsed(svg);
          expectInert(document);
          expect(document.documentElement.getAttribute("role")).toBe("img");
          expect(document.querySelector("svg > title")?.textContent).toContain("any");
          expect(document.querySelector("svg > desc")?.textContent).not.toBe("");
          expect(document.querySelector("style")?.textContent).toContain("prefers-color-scheme:dark");
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(hostileTexts)("keeps what somebody wrote as text: %j", (text) => {
    for (const svg of allOf(everywhere(text))) {
      expectInert(parsed(svg));
      // Control characters and those that turn the direction of writing.
      expect(svg).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|\p{Cs}|[\ufffe\uffff]/u);
    }
  });

  it("says what it shows as text, not only as lines and colours", () => {
    const document = parsed(views.workflow.drawings.svg(everywhere("<b>")));
    const texts = [...document.querySelectorAll("text")].map((element) => element.textContent);
    expect(texts).toContain("<b>1");
    expect(texts).toContain("undo <b>1");
    expect(texts).toContain("only when <b>");
  });
});

describe("the colours", () => {
  const channel = (hex: string) => {
    const part = Number.parseInt(hex, 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const luminance = (colour: string) =>
    0.2126 * channel(colour.slice(1, 3)) + 0.7152 * channel(colour.slice(3, 5)) + 0.0722 * channel(colour.slice(5, 7));
  const contrast = (one: string, other: string) => {
    const [dim, bright] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
    return (bright! + 0.05) / (dim! + 0.05);
  };

  it.each([
    ["light", light],
    ["dark", dark],
  ] as const)("have enough contrast to be read: %s", (_, palette: Palette) => {
    for (const behind of [palette.page, palette.card, palette.lane])
      for (const text of [palette.text, palette.dim, ...Object.values(palette.tones)])
        expect(contrast(text, behind), `${text} on ${behind}`).toBeGreaterThanOrEqual(4.5);
  });
});

describe("the width of a text", () => {
  it("is at least that of DejaVu Sans, measured by a browser", () => {
    expect(textWidth("validate_order", 100)).toBeGreaterThanOrEqual(718.2);
    expect(textWidth("WWW mmm @@", 100)).toBeGreaterThanOrEqual(852.4);
    expect(textWidth("illicit", 100)).toBeGreaterThanOrEqual(233.1);
  });
});
