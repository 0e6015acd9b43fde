export { FirehoseService } from './firehose-service.ts';
export type { DeliveryReport, FirehoseOptions } from './types.ts';
