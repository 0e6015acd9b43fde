export { startCloud } from './cloud.ts';
export type { Cloud, CloudBehindGateway, Preparation } from './cloud.ts';
export type { CloudServers } from './cloud-servers.ts';
export type { CloudServices } from './cloud-services.ts';
export type { CloudEnvironment, CloudOptions, PostgresChoice, SftpChoice } from './cloud-options.ts';
export { DirectoryInUseError, lockDirectory } from './core/directory-lock.ts';
export { PortInUseError } from './gateway/index.ts';
export type { FunctionContext, FunctionDefinition, FunctionHandler } from './lambda/index.ts';
