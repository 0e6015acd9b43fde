import type { Observability } from '../observability/index.ts';
import type { RedriveOutcome } from './redrive.ts';

/** A call's metrics. RecordsUndelivered stands at what was found, RecordsLeft at what is left: objects not counted are no records yet. */
export const measureRedrive = ({ found, redriven, quarantined, left }: RedriveOutcome, { measure }: Pick<Observability, 'measure'>): void => {
  measure('events', { RecordsUndelivered: found.records, RecordsRedriven: redriven, RecordsQuarantined: quarantined, RecordsLeft: left.records, ErrorObjectsLeft: left.objects });
};
