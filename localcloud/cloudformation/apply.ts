import { ACCOUNT_ID } from '../core/service.ts';
import { descendants } from '../core/xml.ts';
import type { Clients } from './clients.ts';
import { createClients, destroyClients } from './clients.ts';
import type { IntrinsicContext, ResourceIdentity } from './intrinsics.ts';
import { conditionHolds, resolveText, resolveValue } from './intrinsics.ts';
import type { KindOutcome, ResourceKind } from './kind.ts';
import { creationWaves } from './order.ts';
import { identityOfUnapplied } from './resources/unapplied.ts';
import { resourceKindOf } from './resources/index.ts';
import type { AppliedResource, AppliedStack, ApplyOptions, DeployedFunction, TemplateObject, TemplateResource } from './types.ts';
import { isObject } from './values.ts';

/**
 * Creates what a CloudFormation template describes in the embedded cloud, through the services' own APIs, and updates
 * what is there already; a resource that is no longer in the template stays. Nothing is remembered between two calls.
 * @throws Error naming the resource, and the property where one is not understood
 */
export const applyTemplate = async (options: ApplyOptions): Promise<AppliedStack> => {
  const clients = createClients(options);
  try {
    return await new Deployment(options, clients).run();
  } finally {
    destroyClients(clients);
  }
};

class Deployment {
  private readonly options: ApplyOptions;
  private readonly clients: Clients;
  private readonly context: IntrinsicContext;
  private readonly identities = new Map<string, ResourceIdentity>();
  private readonly functions: DeployedFunction[] = [];

  constructor(options: ApplyOptions, clients: Clients) {
    this.options = options;
    this.clients = clients;
    this.context = {
      template: options.template,
      parameters: options.parameters ?? {},
      stackName: options.stackName,
      region: options.region,
      accountId: options.accountId ?? ACCOUNT_ID,
      identity: (logicalId) => {
        const identity = this.identities.get(logicalId);
        if (!identity) throw new Error(`there is no resource ${logicalId}`);
        return identity;
      },
    };
  }

  async run(): Promise<AppliedStack> {
    const resources: AppliedResource[] = [];
    for (const wave of creationWaves(this.options.template)) {
      const outcomes = await Promise.allSettled(wave.map((logicalId) => this.applyIfWanted(logicalId)));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') throw outcome.reason;
        resources.push(...outcome.value);
      }
    }
    const outputs = this.outputs();
    await this.options.registerStack?.({ name: this.options.stackName, outputs, resources });
    return { resources, functions: this.functions, outputs };
  }

  private async applyIfWanted(logicalId: string): Promise<AppliedResource[]> {
    const resource = this.options.template.Resources[logicalId];
    if (!resource || !conditionHolds(resource.Condition, this.context)) return [];
    const outcome = await this.applyResource(logicalId, resource);
    this.identities.set(logicalId, outcome);
    return [{ logicalId, type: resource.Type, physicalId: outcome.ref, status: outcome.status }];
  }

  private async applyResource(logicalId: string, resource: TemplateResource): Promise<KindOutcome> {
    try {
      const kind = resourceKindOf(resource.Type);
      if (!kind) return { ...identityOfUnapplied(logicalId, resource, this.context), status: 'not applied' };
      return await kind.apply({
        ...this.context,
        logicalId,
        properties: this.appliedProperties(kind, resource.Properties ?? {}),
        clients: this.clients,
        registerFunction: (definition) => this.register(definition),
      });
    } catch (error) {
      throw new Error(`${logicalId} (${resource.Type}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  private appliedProperties(kind: ResourceKind, properties: TemplateObject): TemplateObject {
    for (const name of Object.keys(properties)) {
      if (!isApplied(kind, name) && !kind.ignored.includes(name)) throw new Error(`property ${name} is not supported locally`);
    }
    const applied = resolveValue(Object.fromEntries(Object.entries(properties).filter(([name]) => isApplied(kind, name))), this.context);
    return isObject(applied) ? applied : {};
  }

  /** Adds what Lambda itself puts into a function's environment, and the endpoint that makes the SDK stay here. */
  private async register(definition: DeployedFunction): Promise<void> {
    const complete = {
      ...definition,
      environment: {
        ...definition.environment,
        AWS_LAMBDA_FUNCTION_NAME: definition.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
        LAMBDA_TASK_ROOT: this.options.taskRoot,
        AWS_REGION: this.options.region,
        ...(await this.credentialsOf(definition)),
        AWS_ENDPOINT_URL: this.options.endpoint,
      },
    };
    this.functions.push(complete);
    await this.options.registerFunction(complete);
  }

  /** Those of the function's role, as Lambda asks for them. @throws Error where the role does not trust Lambda */
  private async credentialsOf({ role, arn }: DeployedFunction): Promise<Record<string, string>> {
    const { accessKeyId, secretAccessKey } = this.options.credentials;
    const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    if (role === undefined) return own;
    const answer = descendants(await this.clients.raw.query('iam', 'AssumeRoleAsService', { RoleArn: role, Service: 'lambda.amazonaws.com', SourceArn: arn }));
    const text = (name: string): string | undefined => answer.find((node) => node.name === name)?.text;
    const [key, secret, token] = [text('AccessKeyId'), text('SecretAccessKey'), text('SessionToken')];
    return key === undefined || secret === undefined || token === undefined ? own : { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token };
  }

  private outputs(): Record<string, string> {
    const outputs: Record<string, string> = {};
    for (const [name, output] of Object.entries(this.options.template.Outputs ?? {})) {
      if (conditionHolds(output.Condition, this.context)) outputs[name] = resolveText(output.Value, this.context);
    }
    return outputs;
  }
}

const isApplied = (kind: ResourceKind, property: string): boolean => kind.applied === 'all' || kind.applied.includes(property);
