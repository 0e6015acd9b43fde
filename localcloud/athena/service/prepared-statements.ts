import path from 'node:path';
import { JsonFile } from '../../core/files.ts';

export interface PreparedStatement {
  name: string;
  query: string;
  description: string | undefined;
  /** Epoch seconds. */
  lastModified: number;
}

/** Prepared statements by workgroup, kept in one file. PREPARE and CreatePreparedStatement write the same ones. */
export class PreparedStatements {
  private readonly file: JsonFile<Record<string, Record<string, PreparedStatement>>>;

  constructor(stateFolder: string) {
    this.file = new JsonFile(path.join(stateFolder, 'prepared-statements.json'), {});
  }

  get(workGroup: string, name: string): PreparedStatement | undefined {
    return Object.entries(this.file.get()[workGroup] ?? {}).find(([key]) => key === name.toLowerCase())?.[1];
  }

  list(workGroup: string): PreparedStatement[] {
    return Object.values(this.file.get()[workGroup] ?? {});
  }

  put(workGroup: string, statement: PreparedStatement): void {
    this.file.update((all) => {
      (all[workGroup] ??= {})[statement.name.toLowerCase()] = statement;
    });
  }

  /** False where there was none. */
  delete(workGroup: string, name: string): boolean {
    if (!this.get(workGroup, name)) return false;
    this.file.update((all) => {
      all[workGroup] = Object.fromEntries(Object.entries(all[workGroup] ?? {}).filter(([key]) => key !== name.toLowerCase()));
    });
    return true;
  }
}
