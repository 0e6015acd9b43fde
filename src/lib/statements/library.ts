import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { renderStatement, StatementError } from './render.ts';
import type { Parameters } from './parameter.ts';

/** The statements under sql/, by name: the file's path without `.sql`, e.g. `silver/merge_events`. */
export interface StatementLibrary {
  render(name: string, parameters: Parameters): Promise<string>;
  /** Names below a folder, in byte order: `tables/gold.run_audit`, … */
  names(folder: string): Promise<string[]>;
}

/** @param directory the sql/ folder */
export const openStatementLibrary = (directory: string): StatementLibrary => {
  const texts = new Map<string, Promise<string>>();
  const textOf = async (name: string): Promise<string> => {
    try {
      return await readFile(path.join(directory, `${name}.sql`), 'utf8');
    } catch (cause) {
      throw new StatementError(`no statement ${name}`, { cause });
    }
  };
  return {
    async render(name, parameters) {
      let text = texts.get(name);
      if (!text) texts.set(name, (text = textOf(name)));
      return renderStatement(name, await text, parameters);
    },
    async names(folder) {
      const files = await readdir(path.join(directory, folder));
      return files.filter((file) => file.endsWith('.sql')).map((file) => `${folder}/${file.slice(0, -'.sql'.length)}`).sort();
    },
  };
};
