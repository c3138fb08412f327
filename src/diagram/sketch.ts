/**
 * What a picture shows, before anything of it has a place: cards in sequences, and frames around sequences. Every view
 * makes a sketch, every format draws one; so no format can say something else than the others.
 */

/** How something stands. A colour never says anything alone: each mark has a glyph and a word. */
export type Tone = "quiet" | "good" | "bad" | "doubt" | "busy" | "undone";

export type Glyph = "check" | "cross" | "question" | "square" | "back" | "play" | "again" | "dot" | "dash" | "plus";

export interface Mark {
  readonly glyph: Glyph;
  readonly word: string;
  readonly tone: Tone;
}

/** What kind of thing a card stands for; told apart by form as well as by words. */
export type Look = "step" | "wait" | "child" | "fail" | "undo" | "more" | "nothing";

export interface Card {
  readonly is: "card";
  /** Unique in the sketch. */
  readonly key: string;
  readonly look: Look;
  readonly title: string;
  readonly facts: readonly string[];
  readonly mark?: Mark;
  /** In text, in place of title and facts: on one line where there is room, else in several. */
  readonly caption?: readonly string[];
  /** Lines below the caption. */
  readonly below?: readonly string[];
  /** What undoes it. */
  readonly undo?: Card;
}

export type FrameKind = "parallel" | "choose" | "forEach" | "loop";

/** Sequences that belong together. */
export interface Frame {
  readonly is: "frame";
  readonly key: string;
  readonly kind: FrameKind;
  readonly title: string;
  readonly facts: readonly string[];
  readonly mark?: Mark;
  /** At least one. */
  readonly lanes: readonly Lane[];
}

/** A sequence, from first to last; at least one part. */
export interface Lane {
  /** Its name or its condition. */
  readonly title?: string;
  readonly parts: readonly Part[];
}

export type Part = Card | Frame;

export interface Line {
  readonly text: string;
  readonly mark?: Mark;
}

export interface Sketch {
  readonly title: string;
  /** What it is about, for those who do not see it. */
  readonly about: string;
  /** Sentences above the picture; the first is the most important. */
  readonly summary: readonly Line[];
  readonly lane: Lane;
  /** Where a flowchart begins and ends, forward and back. */
  readonly stations?: { readonly start: string; readonly end: string; readonly undone: string };
  /** Captions name the undo, so that text needs no second lane for it. */
  readonly isUndoInCaption?: true;
}

/** Whether anything in it is undone by something. */
export function hasUndo(part: Part): boolean {
  return part.is === "card" ? part.undo !== undefined : part.lanes.some(({ parts }) => parts.some(hasUndo));
}

/** Stands where a sequence is empty, because a lane without anything in it looks like a mistake. */
export const nothing = (key: string): Card => ({ is: "card", key, look: "nothing", title: "nothing", facts: [] });
