import type { CreateTableCommandInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { KindContext, ResourceKind } from '../kind.ts';
import { covers, requiredText, unlessMissing, waitFor } from '../kind.ts';

export const dynamoTable: ResourceKind = {
  applied: ['AttributeDefinitions', 'BillingMode', 'GlobalSecondaryIndexes', 'KeySchema', 'LocalSecondaryIndexes', 'ProvisionedThroughput', 'TableName'],
  ignored: ['DeletionProtectionEnabled', 'PointInTimeRecoverySpecification', 'SSESpecification', 'Tags'],
  async apply(context) {
    const name = requiredText(context, 'TableName');
    const existing = await describe(context, name);
    // The template's property names are the API's.
    if (!existing) await context.clients.dynamodb.send(new CreateTableCommand(context.properties as unknown as CreateTableCommandInput));
    const table = await waitFor(`table ${name}`, async () => active(await describe(context, name)));
    // CloudFormation would replace the table, and its items with it.
    if (!covers(table.KeySchema, context.properties['KeySchema'])) throw new Error(`table ${name} is there with another key`);
    return { ref: name, attributes: { Arn: table.TableArn ?? '' }, status: existing ? 'unchanged' : 'created' };
  },
};

const describe = async (context: KindContext, name: string): Promise<TableDescription | undefined> =>
  (await unlessMissing(['ResourceNotFoundException'], () => context.clients.dynamodb.send(new DescribeTableCommand({ TableName: name }))))?.Table;

const active = (table: TableDescription | undefined): TableDescription | undefined => (table?.TableStatus === 'ACTIVE' ? table : undefined);
