import { AwsError } from '../core/errors.ts';
import type { Clock } from '../core/service.ts';
import type { DynamoDbEngine } from './engine.ts';

/** What expired longer ago is taken for a mistake and stays (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html). */
const FIVE_YEARS_SECONDS = 5 * 365 * 86_400;

/**
 * Deletes the items of a table whose attribute holds a number of epoch seconds that is past; tells how many. AWS does so within a
 * few days. An item that is changed meanwhile stays.
 */
export const deleteExpired = async (engine: DynamoDbEngine, TableName: string, attribute: string, clock: Clock): Promise<number> => {
  const now = Math.floor(clock().getTime() / 1000);
  const values = { ':now': { N: String(now) }, ':least': { N: String(now - FIVE_YEARS_SECONDS) } };
  const names = { '#ttl': attribute };
  let deleted = 0;
  let ExclusiveStartKey: unknown;
  do {
    const page = (await engine.run('Scan', {
      TableName,
      FilterExpression: '#ttl <= :now AND #ttl > :least',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
    })) as { Items: Record<string, unknown>[]; LastEvaluatedKey?: unknown };
    for (const item of page.Items) {
      const Key = await engine.keyOf(TableName, item);
      if (await deleteUnchanged(engine, { TableName, Key, ConditionExpression: '#ttl = :seen', ExpressionAttributeNames: names, ExpressionAttributeValues: { ':seen': item[attribute] } })) deleted += 1;
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return deleted;
};

const deleteUnchanged = async (engine: DynamoDbEngine, input: Record<string, unknown>): Promise<boolean> => {
  try {
    await engine.run('DeleteItem', input);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException') return false;
    throw error;
  }
};
