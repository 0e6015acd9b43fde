import type { Template } from '../../../localcloud/cloudformation/index.ts';
import { conditionHolds } from '../../../localcloud/cloudformation/intrinsics.ts';
import type { IntrinsicContext } from '../../../localcloud/cloudformation/intrinsics.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject, textOf } from '../../../localcloud/cloudformation/values.ts';

/**
 * The template with its conditions decided, as CloudFormation decides them: what a false one guards is gone, an Fn::If is the branch it
 * takes. floe's conditions compare parameters that are texts by the time of packaging.
 */
export const settle = (template: Template): Template => {
  const context = { template, parameters: {}, stackName: '', region: '', accountId: '', identity: () => undefined as never } satisfies IntrinsicContext;
  const settled = (value: TemplateValue): TemplateValue => {
    if (Array.isArray(value)) return value.map(settled).filter((item) => !isNoValue(item));
    if (!isObject(value)) return value;
    const choice = value['Fn::If'];
    if (Array.isArray(choice)) return settled(choice[conditionHolds(textOf(choice[0], 'Fn::If'), context) ? 1 : 2] ?? null);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settled(item)] as const).filter(([, item]) => !isNoValue(item)));
  };
  const existing = <T extends { Condition?: string }>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(entries)
        .filter(([, { Condition: condition }]) => conditionHolds(condition, context))
        .map(([id, entry]) => [id, settled(without(entry, 'Condition') as TemplateObject) as unknown as T]),
    );
  return { ...(without(template, 'Conditions') as Template), Resources: existing(template.Resources), ...(template.Outputs ? { Outputs: existing(template.Outputs) } : {}) };
};

const without = (map: object, key: string): object => Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));

const isNoValue = (value: TemplateValue): boolean => isObject(value) && value['Ref'] === 'AWS::NoValue';
