import type { Parameters } from '../statements/index.ts';
import { addDays } from './dates.ts';
import type { RunInput } from './run-files.ts';
import type { RunSettings } from './settings.ts';
import type { SourceDefinition } from './sources.ts';

/**
 * What retention has left: silver holds no event and no transaction dated before it. It is committed with the run that moved it and goes
 * back with a rollback alone. None until retention has run for the first time, so that old files can be imported.
 */
export interface Floor {
  /** `yyyy-MM-dd`, UTC: the first date that is kept. */
  date: string;
  /** `yyyy-MM-dd HH:mm:ss.SSSSSS`: rows of gold that carry this time or an earlier one were there when the floor was set. */
  since: string;
}

/** A date that lies below every row. */
const NO_FLOOR: Floor = { date: '0001-01-01', since: '0001-01-01 00:00:00.000000' };

/**
 * Rows of gold that stood when the floor was set and that start before floor + horizon are frozen: an event or a transaction they were
 * computed from may be gone. Rows written after that know only what
 * lies above the floor, and go on being recomputed.
 */
export const frozenParameters = (floor: Floor | null, { horizonDays }: RunSettings): Parameters => ({
  frozen_before: { kind: 'date', value: floor === null ? NO_FLOOR.date : addDays(floor.date, horizonDays) },
  frozen_since: { kind: 'timestamp', value: (floor ?? NO_FLOOR).since },
});

/**
 * Below which dates a source's rows are too old. A load quarantines them. A backfill passes over them: they were taken in once, and went
 * when their time came. Versions of users are not dated by their begin, but by their end: they go with the next retention.
 */
export const floorParameters = ({ floor, kind }: Pick<RunInput, 'floor' | 'kind'>, { silver }: SourceDefinition): Parameters => {
  const { date } = silver === undefined ? NO_FLOOR : (floor ?? NO_FLOOR);
  return {
    floor_text: { kind: 'date-texts', value: [date] },
    passed_over_below: { kind: 'date-texts', value: [kind === 'backfill' ? date : NO_FLOOR.date] },
  };
};
