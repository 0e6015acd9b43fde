import type { IntrinsicContext, ResourceIdentity } from '../intrinsics.ts';
import { resolveText } from '../intrinsics.ts';
import type { TemplateResource } from '../types.ts';

/** How a type that is not applied is named: the property with its name, and its ARN after `arn:aws:`. */
interface Naming {
  name: string;
  arn: (name: string, place: { region: string; accountId: string }) => string;
}

const NAMING: Readonly<Record<string, Naming>> = {
  'AWS::Logs::LogGroup': { name: 'LogGroupName', arn: (name, { region, accountId }) => `logs:${region}:${accountId}:log-group:${name}:*` },
};

/**
 * Name and ARN of a resource whose type has no meaning here, so that others can refer to it. For types without a known
 * naming only `Ref` is known: asking for an attribute of them is an error where it is asked.
 */
export const identityOfUnapplied = (logicalId: string, resource: TemplateResource, context: IntrinsicContext): ResourceIdentity => {
  const generated = `${context.stackName}-${logicalId}`;
  const naming = NAMING[resource.Type];
  if (!naming) return { ref: generated, attributes: {} };
  const given = resource.Properties?.[naming.name];
  const name = given === undefined ? generated : resolveText(given, context);
  const arn = `arn:aws:${naming.arn(name, context)}`;
  return { ref: name, attributes: { Arn: arn } };
};
