/** The messages of a workflow as a sequence diagram: time runs down, each participant has a line of its own. */
import type { Workflow } from "../../definition/workflow.ts";
import { type Exchange, type Fragment, type Scene, scenesOf } from "../events/scene.ts";
import { wrapped } from "../text/columns.ts";
import { Arrows, px, rect, text } from "./element.ts";
import { type Sheet, sheet } from "./sheet.ts";
import { measureRow } from "./svg-medium.ts";

const participants = ["Orchestrator", "EventBus", "WorkerManager", "Workers"] as const;

const boxWidth = 126;
const boxHeight = 32;
const columnGap = 210;
/** What a fragment leaves free on each side of what is in it. */
const inset = 9;
const rowHeight = 16;

export const drawEvents = (workflow: Workflow): string => sheet(eventsSheet(workflow));

function eventsSheet(workflow: Workflow): Sheet {
  const scenes = scenesOf(workflow);
  const sequence = new Sequence(depthOf(scenes));
  for (const scene of scenes) sequence.scene(scene, 0);
  const { width, height, content } = sequence.end();
  const about =
    "Who sends what to whom: the orchestrator, the event bus, the worker manager and the workers, in order.";
  return { title: `Event Flow: ${workflow.name}`, about, summary: [], width, height, content };
}

function depthOf(scenes: readonly Scene[]): number {
  return scenes.reduce((most, scene) => {
    if (scene.is !== "fragment") return most;
    return Math.max(most, ...scene.operands.map((operand) => 1 + depthOf(operand.scenes)));
  }, 0);
}

class Sequence {
  /** Of the lifelines. */
  private readonly columns: readonly number[];
  private readonly width: number;
  private readonly drawn: string[] = [];
  /** Behind everything else, the innermost first. */
  private readonly frames: string[] = [];
  private readonly there = new Arrows();
  private readonly back = new Arrows();
  private y = boxHeight + 20;

  constructor(depth: number) {
    const first = depth * inset + boxWidth / 2;
    this.columns = participants.map((_, at) => first + at * columnGap);
    this.width = first * 2 + (participants.length - 1) * columnGap;
  }

  scene(scene: Scene, depth: number): void {
    switch (scene.is) {
      case "exchange":
        return this.exchange(scene);
      case "remark":
        return this.heading(scene.text, "fact");
      case "ending":
        return this.message(0, 1, `status.workflow (${scene.status})`);
      case "fragment":
        return this.fragment(scene, depth);
    }
  }

  end(): { readonly width: number; readonly height: number; readonly content: readonly string[] } {
    const lines = this.columns.map((x) => `<path d="M${px(x)} ${boxHeight}V${px(this.y)}" class="rule loose"/>`);
    const boxes = participants.map((name, at) => {
      const x = this.at(at) - boxWidth / 2;
      return rect({ x, y: 0, width: boxWidth, height: boxHeight }, "card", 6) + text(x + 12, 21, "mark", name);
    });
    this.there.drawInto(this.drawn, "next");
    this.back.drawInto(this.drawn, "back");
    return {
      width: this.width,
      height: this.y,
      content: [...this.frames.toReversed(), ...lines, ...boxes, ...this.drawn],
    };
  }

  private at(column: number): number {
    return this.columns[column] ?? 0;
  }

  private exchange({ heading, command, action, outcome, result }: Exchange): void {
    this.heading(heading, "mark");
    this.message(0, 2, command, [2, 3, action]);
    this.message(2, 0, result, [3, 2, outcome]);
    this.message(0, 1, "status.workflow");
    this.y += 6;
  }

  private heading(what: string, kind: "mark" | "fact"): void {
    const x = this.at(0) + 8;
    for (const line of wrapped(what, this.at(3) - x, measureRow("mark"))) {
      this.y += rowHeight + 2;
      this.drawn.push(text(x, this.y - 3, kind, line));
    }
    this.y += 4;
  }

  /** Over the bus from one end to the other; beside it what the manager and the worker say to each other. */
  private message(
    from: number,
    to: number,
    label: string,
    beside?: readonly [from: number, to: number, label: string],
  ): void {
    const x = Math.min(this.at(from), this.at(to)) + 10;
    const lines = wrapped(label, Math.abs(this.at(to) - this.at(from)) - 16, measureRow("fact"));
    for (const line of lines) {
      this.y += rowHeight;
      this.drawn.push(text(x, this.y - 5, "fact", line));
    }
    this.line(from, to);
    if (beside) {
      const [start, end, said] = beside;
      this.drawn.push(text(Math.min(this.at(start), this.at(end)) + 10, this.y - 5, "fact", said));
      this.line(start, end);
    }
    this.y += 5;
  }

  /** From each column to the next, because everything goes over the bus. */
  private line(from: number, to: number): void {
    const step = to > from ? 1 : -1;
    for (let column = from; column !== to; column += step) {
      (step > 0 ? this.there : this.back).add(this.at(column), this.y, this.at(column + step), this.y);
    }
  }

  private fragment({ operator, operands }: Fragment, depth: number): void {
    const x = depth * inset;
    const width = this.width - 2 * x;
    const top = this.y + 6;
    this.y = top;
    for (const [place, { guard, scenes }] of operands.entries()) {
      if (place > 0) {
        this.y += 8;
        this.drawn.push(`<path d="M${px(x)} ${px(this.y)}H${px(x + width)}" class="rule loose"/>`);
      }
      if (place === 0) this.drawn.push(text(x + 8, this.y + rowHeight, "mark busy", operator));
      for (const line of wrapped(guard, width - 64, measureRow("mark"))) {
        this.y += rowHeight;
        this.drawn.push(text(x + 50, this.y, "mark", line));
      }
      this.y += 8;
      for (const scene of scenes) this.scene(scene, depth + 1);
    }
    this.y += 8;
    this.frames.push(rect({ x, y: top, width, height: this.y - top }, "frame", 6));
    this.y += 6;
  }
}
