import path from 'node:path';
import { applyTemplate } from './apply.ts';
import { readServerlessTemplate } from './serverless.ts';
import type { AppliedStack, LocalDeployment } from './types.ts';

export { applyTemplate } from './apply.ts';
export { CloudFormationService } from './cloudformation-service.ts';
export { readServerlessTemplate } from './serverless.ts';
export type {
  AppliedResource,
  AppliedStack,
  ApplyOptions,
  Credentials,
  DeployedFunction,
  DeployedStack,
  LocalDeployment,
  ResourceStatus,
  ServerlessOptions,
  ServerlessTemplate,
  Template,
  TemplateResource,
} from './types.ts';

/**
 * What `serverless deploy` does, against the embedded cloud: reads `<projectRoot>/serverless.yml` and creates or updates
 * its resources through the services' own APIs. May be run any number of times on one data directory.
 *
 * @example
 * const stack = await deployLocally({
 *   projectRoot: process.cwd(), stage: 'dev', region: 'eu-west-1', endpoint: 'http://127.0.0.1:4566',
 *   credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
 *   registerFunction: (definition) => lambda.register(definition.name, load(definition.handler), definition.environment),
 * });
 * @throws Error naming the file and the place where serverless.yml is wrong or uses what is not understood here, or the
 * resource and property that the embedded cloud cannot honour.
 */
export const deployLocally = async (options: LocalDeployment): Promise<AppliedStack> => {
  const { stackName, template } = readServerlessTemplate(options);
  return applyTemplate({ ...options, stackName, template, taskRoot: path.resolve(options.projectRoot) });
};
