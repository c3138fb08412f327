/** The same text with no other characters than those of ASCII, each as wide as what it stands for. */
import { columnsOf } from "./columns.ts";

const asciiFor: Readonly<Record<string, string>> = {
  "─": "-",
  "│": "|",
  "═": "=",
  "║": "|",
  "▼": "v",
  "▲": "^",
  "▶": ">",
  "◀": "<",
  "╌": "-",
  "╎": ":",
  "•": "*",
  "✓": "+",
  "✗": "x",
  "■": "!",
  "↩": "<",
  "▸": ">",
  "↻": "~",
  "·": ".",
  "−": "-",
  "→": ">",
  "…": "~",
};

export function inAscii(picture: string): string {
  return picture.replace(/[^\n -~]/gu, (character) => asciiFor[character] ?? standIn(character));
}

/** What is left over of ours are corners and crossings; the rest is somebody's own text. */
const standIn = (character: string): string =>
  character >= "\u2500" && character <= "\u257f" ? "+" : "?".repeat(columnsOf(character));
