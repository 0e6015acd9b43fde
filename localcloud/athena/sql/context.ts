import { TableUse } from './scope.ts';
import type { MetadataTable, TableReference, TranslateOptions } from './model.ts';
import type { Column, Relation } from './scope.ts';
import { parseTypeText } from './type-text.ts';

/** What one translation gathers while it prints. */
export class Translation {
  readonly options: TranslateOptions;
  readonly tables: TableUse[] = [];
  /** `*` in a select list: whether "$path" must be left out of it is known only at the end. */
  readonly stars: { token: string; text: string; relations: Relation[] }[] = [];
  private readonly mark: string;
  private names = 0;

  /** Where the `?` stand, as offsets in the text, in order. */
  private readonly parameterOffsets: readonly number[];

  constructor(sql: string, parameterOffsets: readonly number[], options: TranslateOptions) {
    this.options = options;
    this.parameterOffsets = parameterOffsets;
    let mark = '⟦';
    while (sql.includes(mark)) mark += '⟦';
    this.mark = mark;
  }

  addTable(name: { catalog: string | undefined; schema: string | undefined; table: string; metadataTable: MetadataTable | undefined; line: number; column: number }): TableUse {
    const use = new TableUse({ placeholder: `${this.mark}table ${this.tables.length + 1}⟧`, ...name });
    this.tables.push(use);
    return use;
  }

  /** The columns a catalog knows of a table; undefined where it was not asked or does not know. */
  columnsOf(table: { catalog: string | undefined; schema: string | undefined; table: string }): Column[] | undefined {
    return this.options.columnsOf?.(table)?.map((column) => ({ name: column.name.toLowerCase(), type: parseTypeText(column.type) }));
  }

  addStar(text: string, relations: Relation[]): string {
    const token = `${this.mark}star ${this.stars.length + 1}⟧`;
    this.stars.push({ token, text, relations });
    return token;
  }

  /** The literal for the `?` at an offset of the text, undefined where there are too few. */
  parameterAt(offset: number | undefined): string | undefined {
    const position = offset === undefined ? -1 : this.parameterOffsets.indexOf(offset);
    return this.options.parameters?.[position];
  }

  /** How many literals have no `?`. */
  get parametersLeft(): number {
    return (this.options.parameters?.length ?? 0) - this.parameterOffsets.length;
  }

  /** A name no text of a user has, for lambdas and inner relations of our own. */
  freshName(): string {
    this.names += 1;
    return `t_${this.names}_`;
  }

  /** Puts the stars' final text into printed SQL: "$path" is no part of `*`. */
  finish(sql: string): string {
    return this.stars.reduce((text, star) => {
      const hidden = star.relations.some((item) => item.table?.reference.usesPath);
      return text.replaceAll(star.token, hidden ? `${star.text} EXCLUDE ("$path")` : star.text);
    }, sql);
  }

  references(): TableReference[] {
    return this.tables.map((use) => use.reference);
  }
}
