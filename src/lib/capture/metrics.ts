import type { Observability } from '../observability/index.ts';
import type { CaptureOutcome } from './capture.ts';

/** Field names come from producers: a broken one could invent thousands, and every name is a metric of its own. */
const MOST_FIELD_NAMES = 10;

/** Writes what a batch was: captured, quarantined, unknown fields by name, per source. */
export const measureCapture = ({ counts, oversize, refused }: CaptureOutcome, { measure }: Pick<Observability, 'measure'>): void => {
  for (const [source, { captured, quarantined, unknownFields }] of counts) {
    measure(source, { RecordsCaptured: captured, RecordsQuarantined: quarantined });
    const byFrequency = [...unknownFields].sort((a, b) => b[1] - a[1]);
    for (const [field, times] of byFrequency.slice(0, MOST_FIELD_NAMES)) measure(source, { UnknownFields: times }, { field });
    const others = byFrequency.slice(MOST_FIELD_NAMES).reduce((sum, [, times]) => sum + times, 0);
    if (others > 0) measure(source, { UnknownFields: others }, { field: '(other)' });
  }
  if (oversize > 0) measure('events', { RecordsOversize: oversize });
  if (refused > 0) measure('events', { RecordsRefused: refused });
};
