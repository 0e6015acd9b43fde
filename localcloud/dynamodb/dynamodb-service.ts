import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { optionalFlag, requiredObject, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { dynaliteActions } from './dynalite-actions.ts';
import { DynamoDbEngine } from './engine.ts';
import type { DynamoDbOptions } from './types.ts';

/** What dynalite does not know of a table; kept, and answered as it was set. */
interface TableSettings {
  timeToLiveAttribute?: string;
  pointInTimeRecovery?: boolean;
}

/**
 * DynamoDB: dynalite on disk, every write synced before it is acknowledged. Time to live and point-in-time recovery are kept and
 * described; nothing expires and nothing is backed up. Not here: transactions, PartiQL, streams, the item in the answer to a
 * failed condition (ReturnValuesOnConditionCheckFailure is ignored).
 */
export class DynamoDbService implements Service {
  readonly signingNames = ['dynamodb'];
  readonly handle: RequestHandler;
  private readonly engine: DynamoDbEngine;
  private readonly region: string;
  private readonly settings: JsonFile<Record<string, TableSettings>>;

  constructor(options: DynamoDbOptions) {
    mkdirSync(options.dataDir, { recursive: true });
    this.region = options.region;
    this.engine = new DynamoDbEngine(path.join(options.dataDir, 'tables'), options.region);
    this.settings = new JsonFile(path.join(options.dataDir, 'settings.json'), {});
    const plain = Object.keys(dynaliteActions).map((action): [string, JsonAction] => [action, async (input) => this.engine.run(action, input)]);
    this.handle = jsonProtocol('DynamoDB', {
      ...Object.fromEntries(plain),
      CreateTable: async (input) => this.createTable(input),
      UpdateTable: async (input) => this.updateTable(input),
      DeleteTable: async (input) => this.deleteTable(input),
      UpdateTimeToLive: async (input) => this.updateTimeToLive(input),
      DescribeTimeToLive: async (input) => this.describeTimeToLive(input),
      UpdateContinuousBackups: async (input) => this.updateContinuousBackups(input),
      DescribeContinuousBackups: async (input) => this.describeContinuousBackups(input),
    });
  }

  stop(): Promise<void> {
    return this.engine.close();
  }

  /** The table's name, once it is known to be there: throws ResourceNotFoundException. */
  private async tableName(input: JsonObject): Promise<string> {
    const TableName = requiredText(input, 'TableName');
    await this.engine.run('DescribeTable', { TableName });
    return TableName;
  }

  private change(table: string, change: TableSettings): void {
    this.settings.update((draft) => (draft[table] = { ...draft[table], ...change }));
  }

  /** Answers when the table can be used, though with the status CREATING, as AWS does at first. */
  private async createTable(input: JsonObject): Promise<unknown> {
    const answer = await this.engine.run('CreateTable', { ...input });
    const table = requiredText(input, 'TableName');
    await this.engine.awaitStatus(table, 'ACTIVE');
    if (input.Tags !== undefined) await this.engine.run('TagResource', { ResourceArn: arn('dynamodb', this.region, `table/${table}`), Tags: input.Tags });
    return answer;
  }

  private async updateTable(input: JsonObject): Promise<unknown> {
    const answer = await this.engine.run('UpdateTable', { ...input });
    await this.engine.awaitStatus(requiredText(input, 'TableName'), 'ACTIVE');
    return answer;
  }

  private async deleteTable(input: JsonObject): Promise<unknown> {
    const answer = await this.engine.run('DeleteTable', { ...input });
    await this.engine.awaitStatus(requiredText(input, 'TableName'), undefined);
    this.settings.update((draft) => Reflect.deleteProperty(draft, requiredText(input, 'TableName')));
    return answer;
  }

  private async updateTimeToLive(input: JsonObject): Promise<unknown> {
    const table = await this.tableName(input);
    const specification = requiredObject(input, 'TimeToLiveSpecification');
    const attribute = requiredText(specification, 'AttributeName');
    const enabled = optionalFlag(specification, 'Enabled') === true;
    const current = this.settings.get()[table]?.timeToLiveAttribute;
    if (enabled === (current !== undefined)) throw new AwsError('ValidationException', `TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
    if (enabled) this.change(table, { timeToLiveAttribute: attribute });
    else this.settings.update((draft) => delete draft[table]?.timeToLiveAttribute);
    return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
  }

  private async describeTimeToLive(input: JsonObject): Promise<unknown> {
    const attribute = this.settings.get()[await this.tableName(input)]?.timeToLiveAttribute;
    return { TimeToLiveDescription: attribute === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute } };
  }

  private async updateContinuousBackups(input: JsonObject): Promise<unknown> {
    const table = await this.tableName(input);
    const enabled = optionalFlag(requiredObject(input, 'PointInTimeRecoverySpecification'), 'PointInTimeRecoveryEnabled') === true;
    this.change(table, { pointInTimeRecovery: enabled });
    return this.describeContinuousBackups(input);
  }

  private async describeContinuousBackups(input: JsonObject): Promise<unknown> {
    const enabled = this.settings.get()[await this.tableName(input)]?.pointInTimeRecovery === true;
    return {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: enabled ? 'ENABLED' : 'DISABLED' },
      },
    };
  }
}
