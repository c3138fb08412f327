/**
 * Where everything stands. Sequences go down, undos stand to the right of what they undo, and the lanes of a frame stand
 * side by side as far as there is room. First every part gets its size, from the inside out, then its place. A part's
 * place depends on what stands before and above it only, so that a step that is added moves nothing but what follows.
 */
import { type Card, type Frame, hasUndo, type Lane, type Part } from "../sketch.ts";
import type { Fit, Medium, TextBlock } from "./medium.ts";
import type { Area, Edge, PlacedCard, PlacedLane, PlacedPart, PlacedText } from "./placed.ts";

interface SizedCard {
  readonly is: "card";
  readonly card: Card;
  readonly text: TextBlock;
  readonly undo: TextBlock | undefined;
  readonly undoCard: Card | undefined;
  readonly width: number;
  readonly height: number;
  readonly goesBack: boolean;
}

interface SizedFrame {
  readonly is: "frame";
  readonly frame: Frame;
  readonly head: TextBlock;
  /** Rows of lanes that stand side by side. */
  readonly rows: readonly (readonly SizedLane[])[];
  readonly width: number;
  readonly height: number;
  readonly goesBack: boolean;
}

type SizedPart = SizedCard | SizedFrame;

interface SizedLane {
  readonly lane: Lane;
  readonly head: TextBlock | undefined;
  readonly parts: readonly SizedPart[];
  /** From the lane's left border to that of the undos. */
  readonly undoX: number;
  readonly width: number;
  readonly height: number;
}

export interface LayoutOptions {
  /** How wide the picture may be, as far as that is possible. */
  readonly room: number;
  /** Undos are left out where the captions name them. */
  readonly withUndo: boolean;
}

export function place(lane: Lane, medium: Medium, { room, withUndo }: LayoutOptions): PlacedLane {
  const sizing = new Sizing(medium, withUndo);
  const placing = new Placing(medium);
  return placing.lane(sizing.lane(lane, room, "roomy"), 0, 0);
}

class Sizing {
  private readonly medium: Medium;
  private readonly withUndo: boolean;
  private readonly compactLanes = new Map<Lane, SizedLane>();

  constructor(medium: Medium, withUndo: boolean) {
    this.medium = medium;
    this.withUndo = withUndo;
  }

  lane(lane: Lane, room: number, fit: Fit): SizedLane {
    const { medium } = this;
    const parts = lane.parts.map((part) => this.part(part, room, fit));
    const undoX = widest(beside(parts)) + medium.undoGap;
    const stretched = parts.map((part) =>
      part.is === "frame" && part.goesBack ? stretchedTo(part, undoX + 2 * medium.anchor) : part,
    );
    const undos = widest(stretched.flatMap((part) => (part.is === "card" && part.undo ? [part.undo] : [])));
    const own = Math.max(widest(stretched), undos > 0 ? undoX + undos : 0);
    const head =
      lane.title === undefined ? undefined : medium.laneHead(lane, Math.max(own, this.shortestHead(room, fit)));
    const heights = stretched.reduce((sum, { height }) => sum + height, (parts.length - 1) * medium.partGap);
    return {
      lane,
      head,
      parts: stretched,
      undoX,
      width: Math.max(own, head?.width ?? 0),
      height: heights + (head?.height ?? 0),
    };
  }

  /** In a compact picture the head of a lane makes it no wider than what is in it. */
  private shortestHead(room: number, fit: Fit): number {
    return fit === "compact" ? 0 : Math.min(room, this.medium.narrowestHead);
  }

  private part(part: Part, room: number, fit: Fit): SizedPart {
    return part.is === "card" ? this.card(part, room, fit) : this.frame(part, room, fit);
  }

  private card(card: Card, room: number, fit: Fit): SizedCard {
    const text = this.medium.card(card, fit, room);
    const undoCard = this.withUndo ? card.undo : undefined;
    const undo = undoCard && this.medium.card(undoCard, fit, room);
    const height = Math.max(text.height, undo?.height ?? 0);
    return { is: "card", card, text, undo, undoCard, width: text.width, height, goesBack: undo !== undefined };
  }

  private frame(frame: Frame, room: number, fit: Fit): SizedFrame {
    const { frame: border, headGap, rowGap } = this.medium;
    const inside = room - border.left - border.right;
    const rows = this.rowsOf(frame, inside, fit);
    const widths = Math.max(...rows.map((lanes) => this.widthOf(lanes)));
    const head = this.medium.frameHead(frame, Math.max(widths, this.shortestHead(inside, fit)));
    const lanes = rows.reduce((sum, row) => sum + tallest(row), (rows.length - 1) * rowGap);
    return {
      is: "frame",
      frame,
      head,
      rows,
      width: Math.max(widths, head.width) + border.left + border.right,
      height: border.top + head.height + headGap + lanes + border.bottom,
      goesBack: this.withUndo && hasUndo(frame),
    };
  }

  /** All lanes in one row, if need be in compact form; where they do not fit, as many in a row as do. */
  private rowsOf({ lanes }: Frame, room: number, fit: Fit): readonly (readonly SizedLane[])[] {
    const sized = lanes.map((lane) => (fit === "compact" ? this.compact(lane) : this.lane(lane, room, fit)));
    if (this.widthOf(sized) <= room) return [sized];
    if (this.medium.isElastic && fit === "roomy") {
      const compact = lanes.map((lane) => this.compact(lane));
      if (this.widthOf(compact) <= room) return [compact];
    }
    const rows: SizedLane[][] = [];
    for (const lane of sized) {
      const row = rows.at(-1);
      if (row && this.widthOf([...row, lane]) <= room) row.push(lane);
      else rows.push([lane]);
    }
    return rows;
  }

  /** As narrow as can be, however much room there is: the same for every frame around it that asks. */
  private compact(lane: Lane): SizedLane {
    const known = this.compactLanes.get(lane);
    if (known) return known;
    const sized = this.lane(lane, Infinity, "compact");
    this.compactLanes.set(lane, sized);
    return sized;
  }

  private widthOf(lanes: readonly SizedLane[]): number {
    return lanes.reduce((sum, { width }) => sum + width, (lanes.length - 1) * this.medium.laneGap);
  }
}

/** What the way back leads past: steps with an undo, and all that stands between them and does not go back itself. */
function beside(parts: readonly SizedPart[]): readonly SizedPart[] {
  const first = parts.findIndex(({ goesBack }) => goesBack);
  const last = parts.findLastIndex(({ goesBack }) => goesBack);
  return parts.filter((part, at) => (part.goesBack ? part.is === "card" : at > first && at < last));
}

const widest = (sized: readonly { readonly width: number }[]): number =>
  sized.reduce((most, { width }) => Math.max(most, width), 0);
const tallest = (sized: readonly { readonly height: number }[]): number =>
  sized.reduce((most, { height }) => Math.max(most, height), 0);
/** So that the arrow of an undo beside it ends at its border. */
const stretchedTo = (frame: SizedFrame, width: number): SizedFrame => ({
  ...frame,
  width: Math.max(frame.width, width),
});

class Placing {
  private readonly medium: Medium;

  constructor(medium: Medium) {
    this.medium = medium;
  }

  lane({ lane, head, parts, undoX, width, height }: SizedLane, x: number, y: number): PlacedLane {
    const { partGap } = this.medium;
    const placed: PlacedPart[] = [];
    let top = y + (head?.height ?? 0);
    for (const part of parts) {
      placed.push(this.part(part, x, top, undoX));
      top += part.height + partGap;
    }
    const edges = [...this.forward(placed), ...this.back(placed, parts, x + undoX)];
    return { lane, head: head && textAt(head, x, y), parts: placed, edges, x, y, width, height };
  }

  private forward(parts: readonly PlacedPart[]): Edge[] {
    const { anchor } = this.medium;
    return parts.slice(1).map((to, place) => {
      const from = parts[place] ?? to;
      return { is: "next", x1: from.x + anchor, y1: from.y + from.height, x2: to.x + anchor, y2: to.y };
    });
  }

  /** From each part that goes back to the one before it that does, and from each step to its undo. */
  private back(placed: readonly PlacedPart[], parts: readonly SizedPart[], undoX: number): Edge[] {
    const { anchor, tie } = this.medium;
    const edges: Edge[] = [];
    let before: Area | undefined;
    for (const [place, part] of placed.entries()) {
      if (!parts[place]?.goesBack) continue;
      const box: Area | undefined = part.is === "card" ? part.undo : part;
      if (!box) continue;
      if (before)
        edges.push({
          is: "back",
          x1: undoX + anchor,
          y1: box.y,
          x2: undoX + anchor,
          y2: before.y + before.height,
        });
      if (part.is === "card")
        edges.push({ is: "tie", x1: part.x + part.width, y1: part.y + tie, x2: box.x, y2: part.y + tie });
      before = box;
    }
    return edges;
  }

  private part(part: SizedPart, x: number, y: number, undoX: number): PlacedPart {
    return part.is === "card" ? this.card(part, x, y, undoX) : this.frame(part, x, y);
  }

  private card({ card, text, undo, undoCard }: SizedCard, x: number, y: number, undoX: number): PlacedCard {
    const back: PlacedCard | undefined =
      undo && undoCard ? { is: "card", card: undoCard, undo: undefined, ...textAt(undo, x + undoX, y) } : undefined;
    return { is: "card", card, undo: back, ...textAt(text, x, y) };
  }

  private frame({ frame, head, rows, width, height }: SizedFrame, x: number, y: number): PlacedPart {
    const { frame: border, headGap, laneGap, rowGap } = this.medium;
    const left = x + border.left;
    let top = y + border.top + head.height + headGap;
    const lanes: PlacedLane[] = [];
    for (const row of rows) {
      let from = left;
      for (const lane of row) {
        lanes.push(this.lane(lane, from, top));
        from += lane.width + laneGap;
      }
      top += tallest(row) + rowGap;
    }
    return { is: "frame", frame, head: textAt(head, left, y + border.top), lanes, x, y, width, height };
  }
}

const textAt = ({ rows, width, height }: TextBlock, x: number, y: number): PlacedText => ({
  rows,
  width,
  height,
  x,
  y,
});
