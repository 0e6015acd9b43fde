import type { Databases } from '../pipeline/names.ts';

/** A result of Athena: values as Athena prints them, null for NULL. */
export interface LakeResult {
  columns: { name: string; type: string }[];
  rows: (string | null)[][];
  bytesScanned: number;
}

/** Asks the lake in Athena SQL, of a running cloud or of a stopped one's directory. */
export interface LakeReader {
  /** Their names carry the stage's prefix. */
  readonly databases: Databases;
  /**
   * @param database of tables named without one; that of gold where left out.
   * @throws CliError with Athena's reason where the query fails.
   */
  ask(sql: string, database?: string): Promise<LakeResult>;
}

/** A database as its user names it: that of a layer (`silver`), or any by its own name. */
export const databaseIn = ({ databases }: Pick<LakeReader, 'databases'>, name: string): string => (Object.hasOwn(databases, name) ? databases[name as keyof Databases] : name);

/** The rows of a result by column name. */
export const toObjects = ({ columns, rows }: LakeResult): Record<string, string | null>[] => rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));

/** A count out of a result; 0 for NULL. */
export const toCount = (value: string | null | undefined): number => Number(value ?? 0);
