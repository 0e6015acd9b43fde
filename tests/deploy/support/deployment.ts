import { readServerlessTemplate } from '../../../localcloud/cloudformation/index.ts';
import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { readErrorNames, readHandlers, readRequests } from '../checks/handlers.ts';
import type { Deployment } from '../checks/index.ts';
import { settle } from '../checks/settle.ts';
import { namesInCode, readStatements } from '../checks/statements.ts';

/** What tests/deploy/packaged.test.ts proves to be the packaged template, but for the place of the functions' zips. */
export const templateOf = (stage: string, params: Record<string, string> = {}): Template => {
  const { Resources, ...rest } = settle(readServerlessTemplate({ projectRoot: process.cwd(), stage, region: 'eu-west-1', params }).template);
  const withCode = Object.entries(Resources).map(([id, resource]) => [id, resource.Type === 'AWS::Lambda::Function' ? { ...resource, Properties: { ...resource.Properties, Code: {} } } : resource]);
  return { ...rest, Resources: Object.fromEntries(withCode) as Template['Resources'] };
};

const handlers = readHandlers('src/handlers');
const errorNames = readErrorNames('src');
/** What runs the cloud of this machine is no person's; only who plays the shop there reads secrets. */
const people = readRequests(
  { operator: [['cli/program.ts', 'createProgram']], analyst: [['cli/commands/query.ts', 'query'], ['cli/commands/snapshots.ts', 'snapshots']] },
  ['cli/local', 'cli/publish/sources.ts'],
);
export const statements = readStatements('sql');
const statementNames = namesInCode('src', [...new Set([...statements.keys()].map((name) => name.replace(/\/.*/, '')))]);

/** With the code and the statements as they are. */
export const deploymentOf = (template: Template): Deployment => ({ template, handlers, people, errorNames, statements, statementNames });
