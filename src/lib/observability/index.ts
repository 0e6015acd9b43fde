export { createFunction } from './function.ts';
export type { FunctionHandler } from './function.ts';
export { createObservability } from './observability.ts';
export type { MetricName, Observability } from './observability.ts';
