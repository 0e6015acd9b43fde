import path from 'node:path';
import { notImplemented } from '../../core/errors.ts';
import { JsonFile } from '../../core/files.ts';
import type { Input } from '../../glue/input.ts';
import { athenaRefusal, resourceNotFound } from './refusals.ts';

export interface WorkGroup {
  name: string;
  description: string | undefined;
  state: 'ENABLED' | 'DISABLED';
  /** Epoch seconds. */
  createdAt: number;
  outputLocation: string | undefined;
  /** The workgroup's settings override those of a query. */
  enforced: boolean;
  bytesScannedLimit: number | undefined;
  publishMetrics: boolean;
  /** As chosen; a file of an earlier version has none. */
  engineVersion?: string;
  requesterPays?: boolean;
  tags?: Record<string, string>;
  /** Settings kept and told, without effect here: how results are encrypted and whose bucket it must be. */
  resultSettings?: Record<string, unknown>;
}

const VERSION_3 = 'Athena engine version 3';

/** ListEngineVersions' list; Spark is not here. */
export const ENGINE_VERSIONS = ['AUTO', VERSION_3].map((selected) => ({ SelectedEngineVersion: selected, EffectiveEngineVersion: VERSION_3 }));

const engineOf = (group: WorkGroup): Record<string, string> => ({ SelectedEngineVersion: group.engineVersion ?? 'AUTO', EffectiveEngineVersion: VERSION_3 });

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const LEAST_SCAN_LIMIT = 10_000_000;

/** Workgroups, kept in one file. `primary` is always there. */
export class WorkGroups {
  private readonly file: JsonFile<Record<string, WorkGroup>>;
  private readonly now: () => number;

  constructor(stateFolder: string, now: () => number) {
    this.now = now;
    this.file = new JsonFile<Record<string, WorkGroup>>(path.join(stateFolder, 'work-groups.json'), { primary: this.initial('primary') });
  }

  /** @throws AwsError InvalidRequestException */
  require(name: string): WorkGroup {
    const found = this.file.get()[name];
    if (!found) throw athenaRefusal(`WorkGroup ${name} is not found.`);
    return found;
  }

  list(): WorkGroup[] {
    return Object.values(this.file.get());
  }

  create(input: Input): void {
    const name = input.text('Name');
    if (!/^[a-zA-Z0-9._-]{1,128}$/.test(name)) throw input.refuse(`Invalid workgroup name: ${name}`);
    if (this.file.get()[name]) throw input.refuse(`WorkGroup ${name} already exists`);
    const created = configured(this.initial(name), input.structure('Configuration'));
    this.file.update((all) => {
      all[name] = { ...created, description: input.optionalText('Description'), tags: readTags(input) };
    });
  }

  update(input: Input): void {
    const present = this.require(input.text('WorkGroup'));
    const changed = configured(present, input.structure('ConfigurationUpdates'), 'ResultConfigurationUpdates');
    const state = input.optionalText('State');
    this.file.update((all) => {
      all[present.name] = {
        ...changed,
        description: input.optionalText('Description') ?? present.description,
        state: state === 'DISABLED' || state === 'ENABLED' ? state : present.state,
      };
    });
  }

  delete(name: string): void {
    this.require(name);
    if (name === 'primary') throw athenaRefusal('The primary workgroup cannot be deleted');
    this.file.update((all) => {
      Reflect.deleteProperty(all, name);
    });
  }

  /** @throws AwsError ResourceNotFoundException */
  tags(arn: string): Record<string, string> {
    return this.byArn(arn).tags ?? {};
  }

  tag(arn: string, tags: Readonly<Record<string, string>>): void {
    this.setTags(arn, { ...this.tags(arn), ...tags });
  }

  untag(arn: string, keys: readonly string[]): void {
    this.setTags(arn, Object.fromEntries(Object.entries(this.tags(arn)).filter(([key]) => !keys.includes(key))));
  }

  private setTags(arn: string, tags: Record<string, string>): void {
    const { name } = this.byArn(arn);
    this.file.update((all) => {
      const group = all[name];
      if (group) group.tags = tags;
    });
  }

  private byArn(arn: string): WorkGroup {
    const name = /:workgroup\/(.+)$/.exec(arn)?.[1];
    const group = name === undefined ? undefined : this.file.get()[name];
    if (!group) throw resourceNotFound(`Resource ${arn} is not found`, arn);
    return group;
  }

  private initial(name: string): WorkGroup {
    return { name, description: undefined, state: 'ENABLED', createdAt: this.now() / 1000, outputLocation: undefined, enforced: name !== 'primary', bytesScannedLimit: undefined, publishMetrics: false };
  }
}

/** `Tags: [{Key, Value}]`. */
export const readTags = (input: Input): Record<string, string> => Object.fromEntries(input.structures('Tags').map((tag) => [tag.text('Key'), tag.optionalText('Value') ?? '']));

const configured = (present: WorkGroup, given: Input, resultMember = 'ResultConfiguration'): WorkGroup => {
  if (given.structure('ManagedQueryResultsConfiguration').flag('Enabled')) throw notImplemented('athena', 'ManagedQueryResultsConfiguration');
  const results = given.structure(resultMember);
  const location = results.optionalText('OutputLocation');
  const engineVersion = given.structure('EngineVersion').optionalText('SelectedEngineVersion') ?? present.engineVersion;
  if (engineVersion?.startsWith('PySpark')) throw notImplemented('athena', engineVersion);
  if (engineVersion !== undefined && !['AUTO', VERSION_3].includes(engineVersion)) throw given.refuse(`Engine version ${engineVersion} is not supported`);
  if (location !== undefined && !location.startsWith('s3://')) throw given.refuse(`OutputLocation is not a valid S3 path: ${location}`);
  const limit = given.optionalNumber('BytesScannedCutoffPerQuery');
  if (limit !== undefined && limit < LEAST_SCAN_LIMIT) throw given.refuse(`BytesScannedCutoffPerQuery must be at least ${LEAST_SCAN_LIMIT}`);
  return {
    ...present,
    outputLocation: results.flag('RemoveOutputLocation') ? undefined : (location ?? present.outputLocation),
    enforced: given.has('EnforceWorkGroupConfiguration') ? given.flag('EnforceWorkGroupConfiguration') : present.enforced,
    bytesScannedLimit: given.flag('RemoveBytesScannedCutoffPerQuery') ? undefined : (limit ?? present.bytesScannedLimit),
    ...(engineVersion === undefined ? {} : { engineVersion }),
    requesterPays: given.has('RequesterPaysEnabled') ? given.flag('RequesterPaysEnabled') : (present.requesterPays ?? false),
    resultSettings: resultSettings(present, results),
    publishMetrics: given.has('PublishCloudWatchMetricsEnabled') ? given.flag('PublishCloudWatchMetricsEnabled') : present.publishMetrics,
  };
};

const resultSettings = ({ resultSettings: present = {} }: WorkGroup, given: Input): Record<string, unknown> =>
  Object.fromEntries(
    ['EncryptionConfiguration', 'ExpectedBucketOwner', 'AclConfiguration'].flatMap((member) => {
      const value = given.flag(`Remove${member}`) ? undefined : (given.all()[member] ?? present[member]);
      return value === undefined ? [] : [[member, value]];
    }),
  );

/** GetWorkGroup's shape. */
export const describeWorkGroup = (group: WorkGroup): Record<string, unknown> => ({
  Name: group.name,
  State: group.state,
  Description: group.description,
  CreationTime: group.createdAt,
  Configuration: {
    ResultConfiguration: { OutputLocation: group.outputLocation, ...group.resultSettings },
    EnforceWorkGroupConfiguration: group.enforced,
    PublishCloudWatchMetricsEnabled: group.publishMetrics,
    BytesScannedCutoffPerQuery: group.bytesScannedLimit,
    RequesterPaysEnabled: group.requesterPays ?? false,
    EngineVersion: engineOf(group),
  },
});

/** ListWorkGroups' shape. */
export const summarizeWorkGroup = (group: WorkGroup): Record<string, unknown> => ({ Name: group.name, State: group.state, Description: group.description, CreationTime: group.createdAt, EngineVersion: engineOf(group) });
