/**
 * How wide a text is drawn at most, whatever sans serif font the reader has: the widths of DejaVu Sans, which is wider
 * than Arial, Helvetica, Segoe UI, Roboto and San Francisco. In thousandths of the font's size.
 */
const classes: readonly (readonly [characters: string, width: number])[] = [
  ["ijl'", 310],
  ["IJ", 337],
  [" .,:;|/\\", 362],
  ["ft-", 435],
  ["()[]r!", 446],
  ['"`*_', 500],
  ["sz?", 540],
  ["FLcekvxy", 620],
  ["abdghnopqu0123456789$TSEY{}", 655],
  ["ABCKPVXRUZ", 735],
  ["DGHNOQ&", 790],
  ["w+<>=#~^M", 900],
  ["%m@W", 1000],
];

const widths = new Map(
  classes.flatMap(([characters, width]) => Array.from(characters, (one) => [one, width] as const)),
);
const asciiWidths = Array.from({ length: 127 }, (_, code) => widths.get(String.fromCharCode(code)) ?? 1000);

/** Letters with marks; other scripts and symbols take more. */
const latin = 800;
const other = 1300;
const boldness = 1.11;

export function textWidth(text: string, size: number, isBold = false): number {
  let thousandths = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    thousandths += asciiWidths[code] ?? (code < 0x250 ? latin : other);
  }
  return (thousandths * size * (isBold ? boldness : 1)) / 1000;
}
