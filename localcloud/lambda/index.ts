export type { FunctionContext, FunctionDefinition, FunctionHandler } from './function-definition.ts';
export { LambdaService } from './lambda-service.ts';
export type { LambdaOptions } from './lambda-service.ts';
export { patientInvoker } from './patient-invoker.ts';
