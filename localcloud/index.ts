export type { CloudEnvironment, CloudOptions, PostgresChoice, SftpChoice } from './cloud-options.ts';
export type { FunctionContext, FunctionDefinition } from './lambda/function-definition.ts';
