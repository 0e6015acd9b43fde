import { COLLECTIONS } from './cases/collections.ts';
import type { SemanticGroup } from './cases/case.ts';
import { NUMBERS } from './cases/numbers.ts';
import { TEXT } from './cases/text.ts';
import { TIME } from './cases/time.ts';
import { TYPES } from './cases/types.ts';

/** What Trino answers: add a case to the file of its subject. */
export const SEMANTICS: readonly SemanticGroup[] = [...NUMBERS, ...TIME, ...TEXT, ...COLLECTIONS, ...TYPES];
