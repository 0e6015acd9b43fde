import type { TableReference } from './model.ts';

/** Puts FROM items where the printed SQL has placeholders. Each of `fromItem`'s answers is a name or a parenthesized sub-select. */
export const fillPlaceholders = (sql: string, tables: readonly TableReference[], fromItem: (table: TableReference) => string): string =>
  tables.reduce((text, table) => (text.includes(table.placeholder) ? text.replaceAll(table.placeholder, () => fromItem(table)) : text), sql);
