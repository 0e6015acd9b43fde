import type { RunKind } from '../run-files.ts';
import { backfill } from './backfill.ts';
import { maintenance, sweep } from './daily.ts';
import type { RunKindDefinition } from './kind.ts';
import { load } from './load.ts';
import { quarantine } from './quarantine.ts';
import { retention } from './retention.ts';
import { rollback } from './rollback.ts';

export const RUN_KINDS: Readonly<Record<RunKind, RunKindDefinition>> = { load, sweep, maintenance, rollback, backfill, quarantine, retention };
