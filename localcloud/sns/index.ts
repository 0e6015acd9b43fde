export { SnsService } from './sns-service.ts';
export type { SnsOptions } from './sns-service.ts';
export type { PublishedMessage, Subscription } from './types.ts';
