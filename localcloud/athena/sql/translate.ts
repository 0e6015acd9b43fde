import { SqlError } from './errors.ts';
import type { TranslatedStatement, TranslateOptions } from './model.ts';

/** Throws SqlError. */
export const translate = (_sql: string, _options: TranslateOptions = {}): TranslatedStatement => {
  throw new SqlError('NOT_SUPPORTED', 'not yet');
};
