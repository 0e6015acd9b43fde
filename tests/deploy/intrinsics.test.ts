import type { IntrinsicContext } from '../../localcloud/cloudformation/intrinsics.ts';
import { conditionHolds, resolveValue } from '../../localcloud/cloudformation/intrinsics.ts';
import { creationWaves } from '../../localcloud/cloudformation/order.ts';
import type { Template, TemplateValue } from '../../localcloud/cloudformation/types.ts';

const template: Template = {
  Parameters: { Stage: { Type: 'String', Default: 'dev' }, Subnets: { Type: 'CommaDelimitedList', Default: 'a, b' }, Needed: { Type: 'String' } },
  Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] }, NotProd: { 'Fn::Not': [{ Condition: 'IsProd' }] }, Both: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'NotProd' }] } },
  Resources: {},
};
const context: IntrinsicContext = {
  template,
  parameters: {},
  stackName: 'shop-dev',
  region: 'eu-west-1',
  accountId: '000000000000',
  identity: (id) => {
    if (id !== 'Bucket') throw new Error(`there is no resource ${id}`);
    return { ref: 'the-bucket', attributes: { Arn: 'arn:aws:s3:::the-bucket' } };
  },
};
const resolved = (value: TemplateValue): TemplateValue => resolveValue(value, context);

describe('intrinsic functions', () => {
  test.each<[string, TemplateValue, TemplateValue]>([
    ['Ref of a resource', { Ref: 'Bucket' }, 'the-bucket'],
    ['Ref of a parameter takes its default', { Ref: 'Stage' }, 'dev'],
    ['Ref of a list parameter gives a list', { Ref: 'Subnets' }, ['a', 'b']],
    ['pseudo-parameters', { 'Fn::Sub': '${AWS::Partition}:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}' }, 'aws:eu-west-1:000000000000:shop-dev'],
    ['GetAtt as a list and as a text', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, { 'Fn::GetAtt': 'Bucket.Arn' }], ['arn:aws:s3:::the-bucket', 'arn:aws:s3:::the-bucket']],
    ['Sub with an attribute', { 'Fn::Sub': '${Bucket.Arn}/*' }, 'arn:aws:s3:::the-bucket/*'],
    ['Sub with its own map, and a literal', { 'Fn::Sub': ['${x}/${!y}', { x: { Ref: 'Bucket' } }] }, 'the-bucket/${y}'],
    ['Join of what Split gives', { 'Fn::Join': ['+', { 'Fn::Split': [',', 'a,b'] }] }, 'a+b'],
    ['Select', { 'Fn::Select': ['1', { Ref: 'Subnets' }] }, 'b'],
    ['If by a condition', { 'Fn::If': ['IsProd', 1, 2] }, 2],
    ['NoValue takes the property and the item away', { a: { Ref: 'AWS::NoValue' }, b: [1, { 'Fn::If': ['IsProd', 2, { Ref: 'AWS::NoValue' }] }] }, { b: [1] }],
    ['a map that only looks like a function', { Ref: 'Bucket', Other: 1 }, { Ref: 'Bucket', Other: 1 }],
  ])('%s', (_case, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  test.each<[string, TemplateValue, string]>([
    ['a function that is not known', { 'Fn::ImportValue': 'x' }, 'Fn::ImportValue is not supported locally'],
    ['a parameter without a value', { Ref: 'Needed' }, 'parameter Needed has no value and no default'],
    ['an attribute that is not known', { 'Fn::GetAtt': ['Bucket', 'Colour'] }, 'Bucket has no attribute Colour locally'],
    ['an index beyond the list', { 'Fn::Select': [2, ['a']] }, 'the list has no item 2'],
    ['a list inside a text', { 'Fn::Sub': '${Subnets}' }, 'a text is expected'],
  ])('%s is an error', (_case, value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });

  test('conditions of conditions', () => {
    expect([conditionHolds('IsProd', context), conditionHolds('NotProd', context), conditionHolds('Both', context), conditionHolds(undefined, context)]).toEqual([false, true, false, true]);
    const prod = { ...context, parameters: { Stage: 'prod' } };
    expect([conditionHolds('IsProd', prod), conditionHolds('NotProd', prod)]).toEqual([true, false]);
    expect(() => conditionHolds('Missing', context)).toThrow('there is no condition Missing');
  });
});

describe('order of creation', () => {
  const order = (resources: Record<string, { properties?: TemplateValue; after?: string[] }>): string[][] =>
    creationWaves({ Resources: Object.fromEntries(Object.entries(resources).map(([id, { properties, after }]) => [id, { Type: 'T', Properties: { p: properties ?? null }, ...(after ? { DependsOn: after } : {}) }])) });

  test('a resource comes in a wave after those it refers to by Ref, GetAtt or Sub, or depends on', () => {
    expect(order({ a: { properties: [{ Ref: 'b' }] }, b: { properties: { 'Fn::GetAtt': ['c', 'Arn'] } }, c: { properties: { 'Fn::Sub': ['${d.Arn}${x}${!y}', { x: { Ref: 'e' } }] } }, d: { after: ['e'] }, e: {} })).toEqual([['e'], ['d'], ['c'], ['b'], ['a']]);
  });

  test('what waits for nothing comes at once, as the template has it; pseudo-parameters are always there', () => {
    expect(order({ b: { properties: { Ref: 'AWS::Region' } }, a: { properties: { 'Fn::Sub': '${AWS::AccountId}' } } })).toEqual([['b', 'a']]);
  });

  test('a circle is named', () => {
    expect(() => order({ a: { properties: { Ref: 'b' } }, b: { after: ['a'] } })).toThrow('in a circle: a → b → a');
  });

  test('a reference to nothing is named', () => {
    expect(() => order({ a: { properties: { Ref: 'typo' } } })).toThrow('a refers to typo, which is not in the template');
  });
});
