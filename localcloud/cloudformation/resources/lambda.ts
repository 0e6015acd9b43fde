import type { ResourceKind } from '../kind.ts';
import { optionalNumber, requiredText } from '../kind.ts';
import { isObject, textMap } from '../values.ts';

/** Functions live in the process that deploys them, so each deployment hands them over anew. */
export const lambdaFunction: ResourceKind = {
  applied: ['Environment', 'FunctionName', 'Handler', 'MemorySize', 'Role', 'Timeout'],
  ignored: ['Architectures', 'Code', 'Description', 'EphemeralStorage', 'LoggingConfig', 'ReservedConcurrentExecutions', 'Runtime', 'Tags', 'TracingConfig', 'VpcConfig'],
  async apply(context) {
    const name = requiredText(context, 'FunctionName');
    const arn = `arn:aws:lambda:${context.region}:${context.accountId}:function:${name}`;
    const { Environment: environment, Role: role } = context.properties;
    const variables = isObject(environment) && isObject(environment['Variables']) ? environment['Variables'] : {};
    await context.registerFunction({
      name,
      arn,
      handler: requiredText(context, 'Handler'),
      // Lambda's own defaults (https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
      timeoutSeconds: optionalNumber(context, 'Timeout') ?? 3,
      memoryMegabytes: optionalNumber(context, 'MemorySize') ?? 128,
      ...(typeof role === 'string' ? { role } : {}),
      environment: textMap(variables, 'Environment'),
    });
    return { ref: name, attributes: { Arn: arn }, status: 'created' };
  },
};
