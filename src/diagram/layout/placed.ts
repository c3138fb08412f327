/** A sketch whose every part has a place. Positions are absolute, from the top left. */
import type { Card, Frame, Lane } from "../sketch.ts";
import type { TextBlock } from "./medium.ts";

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedText extends Area {
  readonly rows: TextBlock["rows"];
}

export interface PlacedCard extends PlacedText {
  readonly is: "card";
  readonly card: Card;
  readonly undo: PlacedCard | undefined;
}

export interface PlacedFrame extends Area {
  readonly is: "frame";
  readonly frame: Frame;
  readonly head: PlacedText;
  readonly lanes: readonly PlacedLane[];
}

export type PlacedPart = PlacedCard | PlacedFrame;

export interface PlacedLane extends Area {
  readonly lane: Lane;
  readonly head: PlacedText | undefined;
  readonly parts: readonly PlacedPart[];
  readonly edges: readonly Edge[];
}

/** A straight line from the border of one box to the border of another. */
export interface Edge {
  /** `next`: downwards; `back`: from an undo upwards to the next one; `tie`: from a step to its undo. */
  readonly is: "next" | "back" | "tie";
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}
