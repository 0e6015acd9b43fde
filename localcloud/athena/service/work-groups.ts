import path from 'node:path';
import { AwsError } from '../../core/errors.ts';
import { JsonFile } from '../../core/files.ts';
import type { Input } from '../../glue/input.ts';

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
}

const ENGINE = { SelectedEngineVersion: 'Athena engine version 3', EffectiveEngineVersion: 'Athena engine version 3' };
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
    if (!found) throw new AwsError('InvalidRequestException', `WorkGroup ${name} is not found.`);
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
      all[name] = { ...created, description: input.optionalText('Description') };
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
    if (name === 'primary') throw new AwsError('InvalidRequestException', 'The primary workgroup cannot be deleted');
    this.file.update((all) => {
      Reflect.deleteProperty(all, name);
    });
  }

  private initial(name: string): WorkGroup {
    return { name, description: undefined, state: 'ENABLED', createdAt: this.now() / 1000, outputLocation: undefined, enforced: name !== 'primary', bytesScannedLimit: undefined, publishMetrics: false };
  }
}

const configured = (present: WorkGroup, given: Input, resultMember = 'ResultConfiguration'): WorkGroup => {
  const location = given.structure(resultMember).optionalText('OutputLocation');
  if (location !== undefined && !location.startsWith('s3://')) throw given.refuse(`OutputLocation is not a valid S3 path: ${location}`);
  const limit = given.optionalNumber('BytesScannedCutoffPerQuery');
  if (limit !== undefined && limit < LEAST_SCAN_LIMIT) throw given.refuse(`BytesScannedCutoffPerQuery must be at least ${LEAST_SCAN_LIMIT}`);
  return {
    ...present,
    outputLocation: given.structure(resultMember).flag('RemoveOutputLocation') ? undefined : (location ?? present.outputLocation),
    enforced: given.has('EnforceWorkGroupConfiguration') ? given.flag('EnforceWorkGroupConfiguration') : present.enforced,
    bytesScannedLimit: given.flag('RemoveBytesScannedCutoffPerQuery') ? undefined : (limit ?? present.bytesScannedLimit),
    publishMetrics: given.has('PublishCloudWatchMetricsEnabled') ? given.flag('PublishCloudWatchMetricsEnabled') : present.publishMetrics,
  };
};

/** GetWorkGroup's shape. */
export const describeWorkGroup = (group: WorkGroup): Record<string, unknown> => ({
  Name: group.name,
  State: group.state,
  Description: group.description,
  CreationTime: group.createdAt,
  Configuration: {
    ResultConfiguration: { OutputLocation: group.outputLocation },
    EnforceWorkGroupConfiguration: group.enforced,
    PublishCloudWatchMetricsEnabled: group.publishMetrics,
    BytesScannedCutoffPerQuery: group.bytesScannedLimit,
    RequesterPaysEnabled: false,
    EngineVersion: ENGINE,
  },
});

/** ListWorkGroups' shape. */
export const summarizeWorkGroup = (group: WorkGroup): Record<string, unknown> => ({ Name: group.name, State: group.state, Description: group.description, CreationTime: group.createdAt, EngineVersion: ENGINE });
