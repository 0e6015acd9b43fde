export type { FunctionContext, FunctionDefinition } from './function-definition.ts';
export { LambdaService } from './lambda-service.ts';
export type { LambdaOptions } from './lambda-service.ts';
export { patientInvoker } from './patient-invoker.ts';
