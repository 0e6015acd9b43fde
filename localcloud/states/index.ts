export { StatesService } from './states-service.ts';
export type { ExecutionOutcome, ExecutionStatus, StatesOptions } from './types.ts';
