import type { Observability } from '../observability/index.ts';
import type { UsersOutcome } from './ingest-users.ts';

/** A call's metrics. */
export const measureUsers = ({ rows, quarantined, lagSeconds }: UsersOutcome, { measure }: Pick<Observability, 'measure'>): void => {
  measure('users', { RecordsCaptured: rows, RecordsQuarantined: quarantined, WatermarkLagSeconds: lagSeconds });
};
