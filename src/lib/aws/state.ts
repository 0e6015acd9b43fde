import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** An item: its key and plain members. */
export type Item = Readonly<Record<string, unknown>>;

/** What must hold for a write: `absent`, or members with exactly these values (null: the member must be absent). */
export type Expectation = 'absent' | Readonly<Record<string, string | number | boolean | null>>;

/** One DynamoDB table with a partition key only. Reads are strongly consistent. A port: tests hand in a Map. */
export interface StateTable {
  get(key: string): Promise<Item | undefined>;
  /** Writes the whole item if the expectation holds; false where it does not, and nothing has happened. */
  put(key: string, members: Item, expect?: Expectation): Promise<boolean>;
  delete(key: string, expect?: Expectation): Promise<boolean>;
  /** Every item, in no order. For small tables (the ledger of files, the watermarks). */
  scan(): AsyncIterable<Item>;
}

interface Condition {
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
}

const conditionOf = (keyName: string, expect: Expectation | undefined): Condition | undefined => {
  if (expect === undefined) return undefined;
  if (expect === 'absent') return { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': keyName } };
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const terms = Object.entries(expect).map(([member, value], index) => {
    names[`#m${index}`] = member;
    if (value === null) return `attribute_not_exists(#m${index})`;
    values[`:m${index}`] = value;
    return `#m${index} = :m${index}`;
  });
  if (terms.length === 0) return undefined;
  return {
    ConditionExpression: terms.join(' AND '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
};

/** true where the write happened, false where its condition did not hold. */
const held = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

/** A table behind the document client. `keyName`: its partition key's name, e.g. `file`. */
export const createStateTable = (dynamodb: DynamoDBDocumentClient, tableName: string, keyName: string): StateTable => ({
  async get(key) {
    const { Item: item } = await dynamodb.send(new GetCommand({ TableName: tableName, Key: { [keyName]: key }, ConsistentRead: true }));
    return item;
  },
  put: (key, members, expect) => held(dynamodb.send(new PutCommand({ TableName: tableName, Item: { ...members, [keyName]: key }, ...conditionOf(keyName, expect) }))),
  delete: (key, expect) => held(dynamodb.send(new DeleteCommand({ TableName: tableName, Key: { [keyName]: key }, ...conditionOf(keyName, expect) }))),
  async *scan() {
    let start: Record<string, unknown> | undefined;
    do {
      const page = await dynamodb.send(new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: start }));
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  },
});

/** Writes an item that nobody has written before; else answers the one that is there, so that of several at once all go on with the same. */
export const putFirst = async <T extends object>(table: StateTable, key: string, item: T): Promise<T> => {
  if (await table.put(key, item as Item, 'absent')) return item;
  const existing = await table.get(key);
  if (!existing) throw new Error(`item ${key} vanished while it was claimed`);
  return existing as T;
};
