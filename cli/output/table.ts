import type { Style } from './style.ts';

export interface TableColumn {
  title: string;
  /** Numbers stand right. */
  align?: 'left' | 'right';
}

/**
 * A table as text: titles, a rule, rows; columns two spaces apart, as wide as their widest cell. Cells must not hold
 * colour sequences; `styleCell` colours them after they are padded.
 */
export const renderTable = (
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  options: { indent?: string; style?: Style; styleCell?: (padded: string, row: number, column: number) => string } = {},
): string => {
  const indent = options.indent ?? '';
  const widths = columns.map((column, at) => Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[at] ?? ''))));
  const line = (cells: readonly string[], dress: (padded: string, column: number) => string): string =>
    indent + columns.map((column, at) => dress(pad(cells[at] ?? '', widths[at] ?? 0, column.align ?? 'left'), at)).join('  ').trimEnd();
  const dim = options.style?.dim ?? ((text: string): string => text);
  return [
    line(columns.map((column) => column.title), (padded) => (padded.trim() === '' ? padded : dim(padded))),
    line(widths.map((width, at) => (columns[at]?.title === '' ? '' : '─'.repeat(width))), (padded) => (padded.trim() === '' ? padded : dim(padded))),
    ...rows.map((row, at) => line(row, (padded, column) => options.styleCell?.(padded, at, column) ?? padded)),
  ].join('\n');
};

const pad = (text: string, width: number, align: 'left' | 'right'): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
};

/** Columns a text takes on a terminal: two for East Asian wide characters and emoji, none for combining marks. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(character) && character > '\u00ff' ? 2 : 1;
  }
  return width;
};
