/** Text in columns. */
import { stripVTControlCharacters } from "node:util";

export type Align = "left" | "right";

const between = "  ";

/** Rows under their heads, each column as wide as its widest cell; columns are aligned left unless told otherwise. */
export function renderTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  aligns: readonly Align[] = [],
): string {
  return renderColumns([heads, ...rows], aligns);
}

export function renderColumns(rows: readonly (readonly string[])[], aligns: readonly Align[] = []): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "")), 0),
  );
  return rows
    .map((row) =>
      widths
        .map((width, column) => filled(row[column] ?? "", width, aligns[column] ?? "left"))
        .join(between)
        .trimEnd(),
    )
    .join("\n");
}

function filled(cell: string, width: number, align: Align): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return align === "left" ? cell + space : space + cell;
}

/** Colours take no place. */
const widthOf = (cell: string): number => [...stripVTControlCharacters(cell)].length;
