import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServerlessOptions, ServerlessTemplate, Template, TemplateObject, TemplateResource, TemplateValue } from './types.ts';
import { isObject } from './values.ts';
import { Variables } from './variables.ts';
import { parseYaml } from './yaml.ts';

/** What a function may say here; anything else (events, layers, …) adds resources that would be missing locally. */
const FUNCTION_KEYS = new Set(['name', 'handler', 'role', 'timeout', 'memorySize', 'environment', 'description', 'package', 'reservedConcurrency', 'ephemeralStorageSize', 'vpc', 'condition']);

/** Sections of CloudFormation's that are read; the framework merges them all. */
const SECTIONS = ['Parameters', 'Conditions', 'Resources', 'Outputs'] as const;

/**
 * Reads serverless.yml and the files it includes into the template that `serverless package` compiles, but for the bucket
 * of the deployment itself and the functions' code: `Handler` is the source as serverless.yml names it.
 * @throws Error with file and place for what is wrong or not understood
 */
export const readServerlessTemplate = (options: ServerlessOptions): ServerlessTemplate => {
  const document = parseYaml(readFileSync(path.join(options.projectRoot, 'serverless.yml'), 'utf8'), 'serverless.yml');
  if (!isObject(document)) throw new Error('serverless.yml is empty');
  const variables = new Variables(options, document);
  const service = { ...document, provider: variables.resolve(document['provider'] ?? {}), functions: variables.resolve(document['functions'] ?? {}) };
  const stackName = `${text(document['service'], 'service')}-${options.stage}`;
  const template: Template = { Resources: functionResources(service, stackName) };
  for (const part of [variables.resolve(document['resources'] ?? [])].flat()) merge(template, part);
  return { stackName, template };
};

const text = (value: TemplateValue | undefined, what: string): string => {
  if (typeof value !== 'string' || value === '') throw new Error(`serverless.yml: ${what} is missing or not a text`);
  return value;
};

const objectOf = (value: TemplateValue | undefined, what: string): TemplateObject => {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Error(`serverless.yml: ${what} is not a map`);
  return value;
};

const merge = (template: Template, part: TemplateValue): void => {
  const sections = objectOf(part, 'an entry of resources');
  for (const name of Object.keys(sections)) if (!SECTIONS.some((known) => known === name)) throw new Error(`serverless.yml: section ${name} of resources is not understood locally`);
  for (const name of SECTIONS) {
    const section = sections[name];
    if (section === undefined) continue;
    const target = (template[name] ?? {}) as TemplateObject;
    for (const [id, value] of Object.entries(objectOf(section, name))) {
      if (id in target) throw new Error(`serverless.yml: ${name} ${id} is there twice`);
      target[id] = value;
    }
    Object.assign(template, { [name]: target });
  }
};

/** `run-begin` → `RunDashbegin`, as the framework names a function's resources. */
const logicalPrefix = (key: string): string => {
  const name = key.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return name.charAt(0).toUpperCase() + name.slice(1);
};

const functionResources = (service: TemplateObject, stackName: string): Record<string, TemplateResource> => {
  const provider = objectOf(service['provider'], 'provider');
  const resources: Record<string, TemplateResource> = {};
  for (const [key, value] of Object.entries(objectOf(service['functions'], 'functions'))) {
    const definition = objectOf(value, `functions.${key}`);
    for (const name of Object.keys(definition)) if (!FUNCTION_KEYS.has(name)) throw new Error(`serverless.yml: functions.${key}.${name} is not understood locally`);
    const name = typeof definition['name'] === 'string' ? definition['name'] : `${stackName}-${key}`;
    const id = logicalPrefix(key);
    const condition = definition['condition'] === undefined ? {} : { Condition: text(definition['condition'], `functions.${key}.condition`) };
    resources[`${id}LogGroup`] = { ...logGroup(name, provider), ...condition };
    resources[`${id}LambdaFunction`] = { ...functionResource(key, name, definition, provider), ...condition };
  }
  return resources;
};

const logGroup = (functionName: string, provider: TemplateObject): TemplateResource => {
  const retention = provider['logRetentionInDays'];
  return { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: `/aws/lambda/${functionName}`, ...(retention === undefined ? {} : { RetentionInDays: retention }) } };
};

const functionResource = (key: string, name: string, definition: TemplateObject, provider: TemplateObject): TemplateResource => {
  const setting = (own: string, fallback: TemplateValue): TemplateValue => definition[own] ?? provider[own] ?? fallback;
  const variables = { ...objectOf(provider['environment'], 'provider.environment'), ...objectOf(definition['environment'], `functions.${key}.environment`) };
  const properties: TemplateObject = {
    Handler: text(definition['handler'], `functions.${key}.handler`),
    Runtime: setting('runtime', 'nodejs20.x'),
    FunctionName: name,
    MemorySize: setting('memorySize', 1024),
    Timeout: setting('timeout', 6),
    Architectures: [setting('architecture', 'x86_64')],
    Environment: { Variables: variables },
  };
  if (objectOf(provider['tracing'], 'provider.tracing')['lambda'] === true) properties['TracingConfig'] = { Mode: 'Active' };
  if (definition['role'] !== undefined) properties['Role'] = definition['role'];
  if (definition['description'] !== undefined) properties['Description'] = definition['description'];
  if (definition['reservedConcurrency'] !== undefined) properties['ReservedConcurrentExecutions'] = definition['reservedConcurrency'];
  if (definition['ephemeralStorageSize'] !== undefined) properties['EphemeralStorage'] = { Size: definition['ephemeralStorageSize'] };
  if (definition['vpc'] !== undefined) properties['VpcConfig'] = vpcConfig(objectOf(definition['vpc'], `functions.${key}.vpc`));
  return { Type: 'AWS::Lambda::Function', Properties: properties, DependsOn: [`${logicalPrefix(key)}LogGroup`] };
};

const vpcConfig = ({ securityGroupIds = [], subnetIds = [] }: TemplateObject): TemplateObject => ({ SecurityGroupIds: securityGroupIds, SubnetIds: subnetIds });
