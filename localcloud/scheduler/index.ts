export { SchedulerService } from './scheduler-service.ts';
export type { SchedulerOptions } from './scheduler-service.ts';
