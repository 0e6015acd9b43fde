import { COLLECTIONS } from './cases/collections.ts';
import type { SemanticGroup } from './cases/case.ts';
import { NUMBERS } from './cases/numbers.ts';
import { TEXT } from './cases/text.ts';
import { TIME } from './cases/time.ts';
import { TRINO_COLLECTIONS } from './cases/trino-collections.ts';
import { TRINO_JSON } from './cases/trino-json.ts';
import { TRINO_NUMBERS } from './cases/trino-numbers.ts';
import { TRINO_TEXTS } from './cases/trino-texts.ts';
import { TRINO_TIMES } from './cases/trino-times.ts';
import { TYPES } from './cases/types.ts';

/** What Trino answers: add a case to the file of its subject. */
export const SEMANTICS: readonly SemanticGroup[] = [...NUMBERS, ...TIME, ...TEXT, ...COLLECTIONS, ...TYPES, ...TRINO_JSON, ...TRINO_TEXTS, ...TRINO_TIMES, ...TRINO_NUMBERS, ...TRINO_COLLECTIONS];
