import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { applyTemplate } from '../cloudformation/index.ts';
import type { DeployedFunction, Template } from '../cloudformation/index.ts';
import { parseYaml } from '../cloudformation/yaml.ts';
import { startCloud } from '../cloud.ts';
import type { CloudBehindGateway } from '../cloud.ts';
import type { FunctionDefinition } from '../lambda/index.ts';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './command-context.ts';
import { untilAborted } from './signals.ts';

export interface UpOptions {
  port: number;
  dataDir: string;
  functions?: string;
  template?: string;
  stack: string;
  json?: boolean;
}

/** `localcloud up`: prints the environment to export, then serves until Ctrl-C. */
export const up = async (options: UpOptions, context: CommandContext): Promise<void> => {
  const resolve = (file: string): string => path.resolve(context.workingDirectory, file);
  const functions = options.functions === undefined ? [] : await readFunctions(resolve(options.functions));
  const template = options.template === undefined ? undefined : readTemplate(resolve(options.template));
  const inTemplate = template === undefined ? functions : [];
  const cloud = await startCloud({ dataDir: resolve(options.dataDir), port: options.port, functions: inTemplate }, async (services) => {
    if (template !== undefined) await deploy(services, template, functions, options.stack, context.workingDirectory);
  });
  try {
    context.print(options.json === true ? `${JSON.stringify(cloud.environment)}\n` : `${introduction(cloud.endpoint, cloud.dataDir)}${exportsOf({ ...cloud.environment })}`);
    await untilAborted(context.signal);
  } finally {
    await cloud.stop();
  }
};

const introduction = (endpoint: string, dataDir: string): string => `localcloud is up at ${endpoint}, its data in ${dataDir}; Ctrl-C ends it.\n\n`;

const exportsOf = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment).map(([name, value]) => `export ${name}=${value}\n`).join('');

const readFunctions = async (file: string): Promise<readonly FunctionDefinition[]> => {
  const { functions } = (await import(pathToFileURL(file).href)) as { functions?: unknown };
  if (!Array.isArray(functions)) throw new CommandError(`${file} has no export "functions" that is a list`);
  for (const [at, definition] of (functions as Partial<FunctionDefinition>[]).entries()) {
    const { name, handler, timeoutSeconds } = definition;
    if (typeof name !== 'string' || typeof handler !== 'function' || typeof timeoutSeconds !== 'number') {
      throw new CommandError(`${file}: functions[${at}] needs a name, a handler and timeoutSeconds`);
    }
  }
  return functions as FunctionDefinition[];
};

const readTemplate = (file: string): Template => {
  const template = parseYaml(readFileSync(file, 'utf8'), file); // JSON is YAML
  const resources = template !== null && typeof template === 'object' && 'Resources' in template ? template['Resources'] : undefined;
  if (resources === null || typeof resources !== 'object' || Array.isArray(resources)) throw new CommandError(`${file} has no Resources: it is no CloudFormation template`);
  return template as unknown as Template;
};

const deploy = async (cloud: CloudBehindGateway, template: Template, functions: readonly FunctionDefinition[], stackName: string, taskRoot: string): Promise<void> => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = cloud.environment;
  const registerFunction = ({ name, timeoutSeconds, memoryMegabytes, environment }: DeployedFunction): void => {
    const definition = functions.find((candidate) => candidate.name === name);
    if (definition === undefined) throw new CommandError(`no function named ${name} in --functions`);
    cloud.functions.register({ ...definition, timeoutSeconds, memoryMb: memoryMegabytes, environment });
  };
  const { endpoint, region } = cloud;
  try {
    await applyTemplate({ template, stackName, endpoint, region, credentials: { accessKeyId, secretAccessKey }, taskRoot, registerFunction, registerStack: (stack) => cloud.cloudFormation.register(stack) });
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
};
