/** What a layout has to know of the medium that it is for. Lengths are in the medium's own unit: columns, or pixels. */
import type { Card, Frame, Lane } from "../sketch.ts";

/** `roomy`: as wide as it likes; `compact`: as narrow as can be. */
export type Fit = "roomy" | "compact";

export interface Row {
  readonly text: string;
  readonly role: "title" | "fact" | "mark";
}

/** Text of a card, a frame's head or a lane's head, broken into rows, with the room that it takes. */
export interface TextBlock {
  readonly rows: readonly Row[];
  readonly width: number;
  readonly height: number;
}

export interface Medium {
  /** A card with its border. */
  card(card: Card, fit: Fit, room: number): TextBlock;
  /** What stands at the top of a frame, in the room between its borders. */
  frameHead(frame: Frame, room: number): TextBlock;
  laneHead(lane: Lane, room: number): TextBlock;
  /** Whether a card has a compact form that is narrower. */
  readonly isElastic: boolean;
  /** From a frame's border to what is in it: at the left, at the right, above its head, below everything. */
  readonly frame: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Between head and lanes, between lanes side by side, between rows of lanes. */
  readonly headGap: number;
  readonly laneGap: number;
  readonly rowGap: number;
  /** Between one part of a sequence and the next; the arrow lies in it. */
  readonly partGap: number;
  /** Between a step and its undo. */
  readonly undoGap: number;
  /** From a part's left border to where arrows enter and leave it. */
  readonly anchor: number;
  /** From a card's top to the line that ties it to its undo. */
  readonly tie: number;
  /** Heads of frames and lanes are not broken into rows shorter than this, if there is that much room. */
  readonly narrowestHead: number;
}
