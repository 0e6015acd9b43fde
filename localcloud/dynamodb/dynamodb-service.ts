import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { optionalFlag, optionalObject, requiredObject, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { dynamoAccess } from './access.ts';
import { dynaliteActions } from './dynalite-actions.ts';
import { DynamoDbEngine } from './engine.ts';
import { deleteExpired } from './time-to-live.ts';
import { transactGetItems, transactWriteItems, writeOrShowItem } from './transactions.ts';
import type { DynamoDbOptions } from './types.ts';

/** What dynalite does not know of a table; kept, and answered as it was set. */
interface TableSettings {
  timeToLiveAttribute?: string;
  pointInTimeRecovery?: boolean;
  deletionProtection?: boolean;
}

const EXPIRY_MS = 60_000;

/** Parameters of CreateTable and UpdateTable that change nothing on this disk. */
const WITHOUT_EFFECT = ['SSESpecification', 'TableClass', 'OnDemandThroughput', 'WarmThroughput'];

/**
 * DynamoDB: dynalite on disk, every write synced before it is acknowledged, an item with its indexes and a transaction as one.
 * Expired items are deleted once a minute; point-in-time recovery is kept and described, but nothing is backed up. Not here:
 * PartiQL, streams, backups, global tables; a parameter that is not here is refused.
 */
export class DynamoDbService implements Service {
  readonly signingNames = ['dynamodb'];
  readonly handle: RequestHandler;
  private readonly engine: DynamoDbEngine;
  private readonly region: string;
  private readonly settings: JsonFile<Record<string, TableSettings>>;
  private readonly clock: Clock;
  private readonly timer: NodeJS.Timeout;
  private expiring: Promise<unknown> = Promise.resolve();

  constructor(options: DynamoDbOptions) {
    mkdirSync(options.dataDir, { recursive: true });
    this.region = options.region;
    this.clock = options.clock ?? (() => new Date());
    this.engine = new DynamoDbEngine(path.join(options.dataDir, 'tables'), options.region);
    this.settings = new JsonFile(path.join(options.dataDir, 'settings.json'), {});
    const plain = Object.keys(dynaliteActions).map((action): [string, JsonAction] => [action, async (input) => this.engine.run(action, input)]);
    this.handle = jsonProtocol('DynamoDB', {
      ...Object.fromEntries(plain),
      ...Object.fromEntries(['PutItem', 'UpdateItem', 'DeleteItem'].map((action): [string, JsonAction] => [action, async (input) => writeOrShowItem(this.engine, action, input)])),
      TransactWriteItems: async (input) => transactWriteItems(this.engine, this.clock, input),
      TransactGetItems: async (input) => transactGetItems(this.engine, input),
      DescribeTable: async (input) => this.describeTable(input),
      CreateTable: async (input) => this.createTable(input),
      UpdateTable: async (input) => this.updateTable(input),
      DeleteTable: async (input) => this.deleteTable(input),
      UpdateTimeToLive: async (input) => this.updateTimeToLive(input),
      DescribeTimeToLive: async (input) => this.describeTimeToLive(input),
      UpdateContinuousBackups: async (input) => this.updateContinuousBackups(input),
      DescribeContinuousBackups: async (input) => this.describeContinuousBackups(input),
    }, dynamoAccess);
    this.timer = setInterval(() => {
      // a table that is deleted meanwhile, or a disk that is full: the next minute tries again
      this.expiring = this.expiring.then(() => this.deleteExpired()).catch((problem: unknown) => options.onProblem?.(problem));
    }, EXPIRY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.expiring;
    await this.engine.close();
  }

  /** Deletes what has expired by now, in all tables with a time to live; tells how many items. */
  async deleteExpired(): Promise<number> {
    let deleted = 0;
    for (const [table, { timeToLiveAttribute }] of Object.entries(this.settings.get()))
      if (timeToLiveAttribute !== undefined) deleted += await deleteExpired(this.engine, table, timeToLiveAttribute, this.clock);
    return deleted;
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
    const { Tags, ...definition } = input;
    const protection = optionalFlag(input, 'DeletionProtectionEnabled') === true;
    const answer = await this.engine.run('CreateTable', plainDefinition(definition));
    const table = requiredText(input, 'TableName');
    await this.engine.awaitStatus(table, 'ACTIVE');
    this.settings.update((draft) => (draft[table] = protection ? { deletionProtection: true } : {}));
    if (Tags !== undefined) await this.engine.run('TagResource', { ResourceArn: arn('dynamodb', this.region, `table/${table}`), Tags });
    return answer;
  }

  private async updateTable(input: JsonObject): Promise<unknown> {
    const table = await this.tableName(input);
    const protection = optionalFlag(input, 'DeletionProtectionEnabled');
    if (protection !== undefined) this.change(table, { deletionProtection: protection });
    const definition = plainDefinition(input);
    if (Object.keys(definition).length > 1) await this.engine.run('UpdateTable', definition); // more than its name
    await this.engine.awaitStatus(table, 'ACTIVE');
    const { Table } = (await this.describeTable({ TableName: table })) as { Table: unknown };
    return { TableDescription: Table };
  }

  private async describeTable(input: JsonObject): Promise<unknown> {
    const { Table } = (await this.engine.run('DescribeTable', input)) as { Table: { TableName: string } };
    return { Table: { ...Table, DeletionProtectionEnabled: this.settings.get()[Table.TableName]?.deletionProtection === true } };
  }

  private async deleteTable(input: JsonObject): Promise<unknown> {
    if (this.settings.get()[requiredText(input, 'TableName')]?.deletionProtection === true)
      throw new AwsError('ValidationException', 'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.');
    const answer = await this.engine.run('DeleteTable', input);
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

/** What dynalite understands of a table's definition. Throws ValidationException for a stream, which would never carry anything. */
const plainDefinition = (input: JsonObject): Record<string, unknown> => {
  const stream = optionalObject(input, 'StreamSpecification');
  if (stream && optionalFlag(stream, 'StreamEnabled') !== false) throw new AwsError('ValidationException', 'DynamoDB: streams are not supported locally');
  const ours = ['DeletionProtectionEnabled', 'StreamSpecification', ...WITHOUT_EFFECT];
  return Object.fromEntries(Object.entries(input).filter(([name]) => !ours.includes(name)));
};
