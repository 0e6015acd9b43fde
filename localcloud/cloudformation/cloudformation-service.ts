import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { accessTo } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { queryProtocol } from '../core/query-protocol.ts';
import { arn } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { element, textElement } from '../core/xml.ts';
import type { DeployedStack } from './types.ts';

interface KnownStack extends DeployedStack {
  id: string;
  createdMs: number;
  /** Of the last deployment after the first. */
  updatedMs?: number;
}

export interface CloudFormationOptions {
  dataDir: string;
  region: string;
  clock: Clock;
}

/**
 * What was deployed into this cloud, for clients that look a stack's outputs up. Stacks are not made over the wire: a program applies
 * its template (applyTemplate) and registers what came of it here.
 */
export class CloudFormationService implements Service {
  readonly signingNames = ['cloudformation'];
  readonly handle: RequestHandler;
  private readonly stacks: JsonFile<Record<string, KnownStack>>;
  private readonly options: CloudFormationOptions;

  constructor(options: CloudFormationOptions) {
    this.options = options;
    this.stacks = new JsonFile(path.join(options.dataDir, 'cloudformation', 'stacks.json'), {});
    this.handle = queryProtocol('CloudFormation', 'http://cloudformation.amazonaws.com/doc/2010-05-15/', {
      DescribeStacks: (parameters) => element('Stacks', ...this.named(parameters).map(stackElement)),
      ListStackResources: (parameters) => element('StackResourceSummaries', ...this.named(parameters, 'required').flatMap(resourceElements)),
    }, cloudFormationAccess);
  }

  /** Remembers a deployment; one of the same name is a later deployment of that stack. */
  register({ name, outputs, resources }: DeployedStack): void {
    const now = this.options.clock().getTime();
    const known = this.stacks.get()[name];
    const { id, createdMs } = known ?? { id: arn('cloudformation', this.options.region, `stack/${name}/${randomUUID()}`), createdMs: now };
    const stack: KnownStack = { name, id, createdMs, ...(known ? { updatedMs: now } : {}), outputs, resources };
    this.stacks.update((stacks) => void (stacks[name] = stack));
  }

  /** The stack of a name or an id, or all of them. */
  private named(parameters: URLSearchParams, need?: 'required'): KnownStack[] {
    const name = parameters.get('StackName');
    const all = Object.values(this.stacks.get());
    if (name === null && need === undefined) return all;
    const found = all.filter((stack) => stack.name === name || stack.id === name);
    if (name === null) throw new AwsError('ValidationError', "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null");
    if (found.length === 0) throw new AwsError('ValidationError', `Stack with id ${name} does not exist`);
    return found;
  }
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html */
const cloudFormationAccess = accessTo<URLSearchParams>('cloudformation', (parameters, region) => {
  const name = parameters.get('StackName');
  return name === null ? [] : [name.startsWith('arn:') ? name : arn('cloudformation', region, `stack/${name}/*`)];
});

const timeElement = (name: string, milliseconds: number | undefined): string => textElement(name, milliseconds === undefined ? undefined : new Date(milliseconds).toISOString());

const stackElement = ({ name, id, createdMs, updatedMs, outputs }: KnownStack): string =>
  element(
    'member',
    textElement('StackId', id),
    textElement('StackName', name),
    timeElement('CreationTime', createdMs),
    timeElement('LastUpdatedTime', updatedMs),
    textElement('StackStatus', updatedMs === undefined ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE'),
    element('Outputs', ...Object.entries(outputs).map(([key, value]) => element('member', textElement('OutputKey', key), textElement('OutputValue', value)))),
  );

/** Those that were applied: of the others nothing exists here. */
const resourceElements = ({ createdMs, updatedMs, resources }: KnownStack): string[] =>
  resources
    .filter(({ status }) => status !== 'not applied')
    .map(({ logicalId, physicalId, type }) =>
      element(
        'member',
        textElement('LogicalResourceId', logicalId),
        textElement('PhysicalResourceId', physicalId),
        textElement('ResourceType', type),
        textElement('ResourceStatus', updatedMs === undefined ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE'),
        timeElement('LastUpdatedTimestamp', updatedMs ?? createdMs),
      ),
    );
