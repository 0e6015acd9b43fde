/** A column; values are kept by its id, as Iceberg does, so that a renamed column keeps them and a dropped one's are not seen. */
export interface ModelColumn {
  id: number;
  name: string;
  type: 'int' | 'bigint' | 'string' | 'date';
}

/** Values as text, by column id; a value that is missing is NULL. */
export type ModelRow = ReadonlyMap<number, string>;

interface ModelSnapshot {
  rows: readonly ModelRow[];
  columns: readonly ModelColumn[];
}

/** What the statements of a run should have made of a table: its rows now, and the rows of each snapshot. */
export class Model {
  columns: readonly ModelColumn[];
  rows: readonly ModelRow[] = [];
  lastId: number;
  readonly snapshots = new Map<bigint, ModelSnapshot>();

  constructor(columns: readonly ModelColumn[]) {
    this.columns = columns;
    this.lastId = columns.length;
  }

  copy(): Model {
    const copy = new Model(this.columns);
    copy.rows = this.rows;
    copy.lastId = this.lastId;
    for (const [id, snapshot] of this.snapshots) copy.snapshots.set(id, snapshot);
    return copy;
  }

  /** Takes note of the snapshot that is current now. */
  note(id: bigint): void {
    if (!this.snapshots.has(id)) this.snapshots.set(id, { rows: this.rows, columns: this.columns });
  }

  /** The rows now, as readers print them. */
  printed(): string[] {
    return print(this.rows, this.columns);
  }

  /** A snapshot's rows, by the columns of its time, or by the present ones where it is the current one. */
  printedAt(id: bigint, isCurrent: boolean): string[] {
    const snapshot = this.snapshots.get(id);
    if (!snapshot) throw new Error(`the model knows no snapshot ${id}`);
    return print(snapshot.rows, isCurrent ? this.columns : snapshot.columns);
  }

  column(name: string): ModelColumn {
    const column = this.columns.find((candidate) => candidate.name === name);
    if (!column) throw new Error(`the model has no column ${name}`);
    return column;
  }

  /** Columns beside id, v and day: those that come and go. */
  extras(): ModelColumn[] {
    return this.columns.filter(({ name }) => name.startsWith('x'));
  }
}

export const printRow = (values: readonly (readonly [name: string, value: string | null])[]): string => values.map(([name, value]) => `${name}=${value ?? 'NULL'}`).join(' ');

const print = (rows: readonly ModelRow[], columns: readonly ModelColumn[]): string[] =>
  rows.map((row) => printRow(columns.map(({ id, name }) => [name, row.get(id) ?? null] as const))).sort();
