import { createHash } from 'node:crypto';
import dynaliteDatabase from 'dynalite/db/index.js';
import { AwsError } from '../core/errors.ts';
import { isObject, objectList, optionalText, requiredObject, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { Clock } from '../core/service.ts';
import type { DynamoDbEngine, Writes } from './engine.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
const MAX_ITEMS = 100;
const MAX_BYTES = 4 << 20;
/** How long a ClientRequestToken is known. */
const TOKEN_LIFE_MS = 600_000;
const TOKENS = 'transaction-token~';

/** dynalite's action for each kind of operation. A check is a delete whose write is not kept. */
const ACTIONS: Readonly<Record<string, string>> = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'DeleteItem' };

interface Reason {
  Code: string;
  Message?: string;
  Item?: unknown;
}

interface Operation {
  kind: string;
  input: Record<string, unknown>;
}

const validation = (message: string): AwsError => new AwsError('ValidationException', message);

const operationsOf = (input: JsonObject, kinds: readonly string[]): Operation[] => {
  const items = objectList(input, 'TransactItems');
  if (items.length === 0 || items.length > MAX_ITEMS)
    throw validation(`1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ITEMS} and greater than or equal to 1`);
  return items.map((item) => {
    const [kind, ...more] = Object.keys(item).filter((name) => item[name] !== undefined && item[name] !== null);
    if (kind === undefined || more.length > 0 || !kinds.includes(kind)) throw validation(`TransactItems can only contain one of ${kinds.join(', ')}`);
    return { kind, input: requiredObject(item, kind) };
  });
};

const canceled = (reasons: readonly Reason[]): AwsError =>
  new AwsError('TransactionCanceledException', `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`, {
    detail: { CancellationReasons: reasons },
  });

/** One operation's outcome; throws what makes the request itself wrong. */
const perform = async (engine: DynamoDbEngine, writes: Writes, { kind, input }: Operation): Promise<Reason> => {
  const { ReturnValuesOnConditionCheckFailure: returnValues, ...plain } = input;
  const TableName = requiredText(plain, 'TableName');
  if (kind === 'ConditionCheck') requiredText(plain, 'ConditionExpression');
  if (kind === 'Update') requiredText(plain, 'UpdateExpression');
  const before = writes.operations.length;
  try {
    await writes.act(ACTIONS[kind] ?? '', plain);
    return { Code: 'None' };
  } catch (error) {
    writes.operations.length = before;
    if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
    const Key = await engine.keyOf(TableName, requiredObject(plain, kind === 'Put' ? 'Item' : 'Key'));
    const { Item } = returnValues === 'ALL_OLD' ? ((await writes.act('GetItem', { TableName, Key, ConsistentRead: true })) as { Item?: unknown }) : {};
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...(Item === undefined ? {} : { Item }) };
  }
};

/** The written key of each operation must be its own: the item's write is the last one dynalite makes for it. */
const performAll = async (engine: DynamoDbEngine, writes: Writes, operations: readonly Operation[]): Promise<void> => {
  const reasons: Reason[] = [];
  const keys = new Set<string>();
  for (const operation of operations) {
    const before = writes.operations.length;
    reasons.push(await perform(engine, writes, operation));
    const key = JSON.stringify([operation.input.TableName, await engine.keyOf(requiredText(operation.input, 'TableName'), itemOf(operation))]);
    if (keys.has(key)) throw validation('Transaction request cannot include multiple operations on one item');
    keys.add(key);
    if (operation.kind === 'ConditionCheck') writes.operations.length = before;
  }
  if (reasons.some(({ Code }) => Code !== 'None')) throw canceled(reasons);
};

const itemOf = ({ kind, input }: Operation): Record<string, unknown> => requiredObject(input, kind === 'Put' ? 'Item' : 'Key');

/**
 * TransactWriteItems: all or nothing, also over `kill -9`, since everything goes to disk as one batch. It waits for writers instead
 * of meeting them, so TransactionConflict does not occur. The same ClientRequestToken again within ten minutes writes nothing.
 */
export const transactWriteItems = async (engine: DynamoDbEngine, clock: Clock, input: JsonObject): Promise<unknown> => {
  const operations = operationsOf(input, Object.keys(ACTIONS));
  for (const parameter of ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'])
    if ((input[parameter] ?? 'NONE') !== 'NONE') throw validation(`DynamoDB: the parameter ${parameter} of TransactWriteItems is not supported locally`);
  const bytes = operations.reduce((sum, { input: { Item } }) => sum + (isObject(Item) ? dynaliteDatabase.itemSize(Item) : 0), 0);
  if (bytes > MAX_BYTES) throw validation(`The aggregate size of the items in the transaction exceeds ${MAX_BYTES} bytes`); // text not confirmed
  const token = optionalText(input, 'ClientRequestToken');
  const hash = createHash('sha256').update(JSON.stringify(input.TransactItems)).digest('hex');
  await engine.alone(async (writes) => {
    if (token !== undefined && (await isRepeated(engine, token, hash, clock))) return;
    await performAll(engine, writes, operations);
    if (token === undefined) return;
    for await (const [key, value] of engine.ownBelow(TOKENS)) if (!isAlive(value as KnownToken, clock)) writes.operations.push({ type: 'del', key });
    writes.operations.push({ type: 'put', key: TOKENS + token, value: { hash, at: clock().getTime() } satisfies KnownToken });
  });
  return {};
};

interface KnownToken {
  hash: string;
  at: number;
}

const isAlive = ({ at }: KnownToken, clock: Clock): boolean => clock().getTime() - at < TOKEN_LIFE_MS;

const isRepeated = async (engine: DynamoDbEngine, token: string, hash: string, clock: Clock): Promise<boolean> => {
  const known = (await engine.own(TOKENS + token)) as KnownToken | undefined;
  if (!known || !isAlive(known, clock)) return false;
  if (known.hash !== hash) throw new AwsError('IdempotentParameterMismatchException', 'The request uses the same client token as a previous, but non-identical request.');
  return true;
};

/** TransactGetItems: all items as of one moment. */
export const transactGetItems = async (engine: DynamoDbEngine, input: JsonObject): Promise<unknown> => {
  const operations = operationsOf(input, ['Get']);
  if ((input.ReturnConsumedCapacity ?? 'NONE') !== 'NONE') throw validation('DynamoDB: the parameter ReturnConsumedCapacity of TransactGetItems is not supported locally');
  return engine.alone(async (writes) => {
    const Responses: unknown[] = [];
    for (const operation of operations) {
      const { Item } = (await writes.act('GetItem', { ...operation.input, ConsistentRead: true })) as { Item?: unknown };
      Responses.push(Item === undefined ? {} : { Item });
    }
    return { Responses };
  });
};

/** PutItem, UpdateItem or DeleteItem with the item as it is in the answer to a failed condition (ReturnValuesOnConditionCheckFailure). */
export const writeOrShowItem = async (engine: DynamoDbEngine, action: string, input: JsonObject): Promise<unknown> => {
  const { ReturnValuesOnConditionCheckFailure: returnValues, ...plain } = input;
  if (returnValues === undefined || returnValues === null || returnValues === 'NONE') return engine.run(action, plain);
  if (returnValues !== 'ALL_OLD')
    throw validation(`1 validation error detected: Value '${JSON.stringify(returnValues)}' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]`);
  return engine.alone(async (writes) => {
    try {
      return await writes.act(action, plain);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
      const TableName = requiredText(plain, 'TableName');
      const Key = await engine.keyOf(TableName, requiredObject(plain, action === 'PutItem' ? 'Item' : 'Key'));
      const { Item } = (await writes.act('GetItem', { TableName, Key, ConsistentRead: true })) as { Item?: unknown };
      throw new AwsError(error.code, error.message, { status: error.status, detail: Item === undefined ? {} : { Item }, cause: error });
    }
  });
};
