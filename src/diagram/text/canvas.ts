/** Pieces of text at places, put together to lines. Pieces of one line do not overlap. */
import { columnsOf } from "./columns.ts";

interface Piece {
  readonly x: number;
  readonly text: string;
}

export class Canvas {
  private readonly lines: Piece[][] = [];

  put(x: number, y: number, text: string): void {
    while (this.lines.length <= y) this.lines.push([]);
    this.lines[y]?.push({ x, text });
  }

  /** Without white space at the end of a line. */
  toString(): string {
    return this.lines.map(lineOf).join("\n");
  }
}

function lineOf(pieces: readonly Piece[]): string {
  let line = "";
  let columns = 0;
  for (const { x, text } of pieces.toSorted((one, other) => one.x - other.x)) {
    line += " ".repeat(Math.max(0, x - columns)) + text;
    columns = Math.max(x, columns) + columnsOf(text);
  }
  return line.trimEnd();
}
