// Tables for people: columns that line up, cut to the width of the terminal.

import { plainText } from "../export/text.ts";

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand at the right end of their column. */
  readonly right?: boolean;
  readonly text: (row: Row) => string;
}

/** Between two columns. */
const GAP = "  ";

/** The rows under their titles, no line wider than `width` characters. A column in which nothing stands is left out. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const filled = columns
    .map(({ title, right = false, text }) => ({ title, right, cells: rows.map((row) => plainText(text(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""))
    .map((column) => ({ ...column, width: Math.max(...[column.title, ...column.cells].map(lengthOf)) }));
  const line = (cell: (column: typeof filled[number]) => string): string =>
    cutLine(filled.map((column) => pad(cell(column), column.width, column.right)).join(GAP).trimEnd(), width);
  return [line(({ title }) => title), ...rows.map((_, at) => line(({ cells }) => cells[at]!))];
}

/** A line of at most `width` characters; that it was cut is seen. */
export function cutLine(line: string, width: number): string {
  if (lengthOf(line) <= width) return line;
  return `${[...line].slice(0, width - 1).join("").trimEnd()}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - lengthOf(text)));
  return right ? space + text : text + space;
}
