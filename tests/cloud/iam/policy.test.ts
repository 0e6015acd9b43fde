import type { ConditionKeys } from '../../../localcloud/core/caller.ts';
import { decide, keysOf, readPolicy } from '../../../localcloud/iam/policy/index.ts';
import type { Principal } from '../../../localcloud/iam/policy/index.ts';

// The examples of IAM's user guide, https://docs.aws.amazon.com/IAM/latest/UserGuide/, by the page they are from.

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/lake`;
const principal: Principal = { arns: [`arn:aws:sts::${ACCOUNT}:assumed-role/lake/session`, ROLE], accountId: ACCOUNT };
type Json = Record<string, unknown>;

const identity = (...statements: Json[]) => readPolicy('own', 'identity', JSON.stringify({ Version: '2012-10-17', Statement: statements }));
const onResource = (...statements: Json[]) => readPolicy('bucket', 'resource', JSON.stringify({ Version: '2012-10-17', Statement: statements }));
const allow = (rest: Json): Json => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...rest });

const asks = (action: string, resource: string, keys: ConditionKeys = {}) => ({ action, resource, keys: keysOf(keys), principal });
const answer = (policies: ReturnType<typeof identity>[], request: ReturnType<typeof asks>, resource: ReturnType<typeof identity>[] = []): string => decide(request, policies, resource).kind;
const conditionHolds = (Condition: Json, keys: ConditionKeys): boolean => answer([identity(allow({ Condition }))], asks('s3:GetObject', 'arn:aws:s3:::b/k', keys)) === 'allowed';

describe('actions and resources', () => {
  test.each([
    ['sqs:*', 'sqs:SendMessage', true],
    ['iam:*AccessKey*', 'iam:CreateAccessKey', true],
    ['iam:*AccessKey*', 'iam:GetAccessKeyLastUsed', true],
    ['s3:ListBucket', 's3:listbucket', true],
    ['s3:Get?bject', 's3:GetObject', true],
    ['s3:Get*', 's3:PutObject', false],
    ['s3.GetObject', 's3:GetObject', false],
    ['*', 'glue:GetTable', true],
  ])('Action %s and %s: %s (reference_policies_elements_action)', (pattern, action, expected) => {
    expect(answer([identity(allow({ Action: pattern }))], asks(action, '*')) === 'allowed').toBe(expected);
  });

  test.each([
    ['arn:aws:sqs:us-east-2:123456789012:queue1', 'arn:aws:sqs:us-east-2:123456789012:queue1', true],
    ['arn:aws:sqs:us-east-2:123456789012:queue1', 'arn:aws:sqs:us-east-2:123456789012:Queue1', false],
    ['arn:aws:iam::123456789012:user/accounting/*', 'arn:aws:iam::123456789012:user/accounting/ann', true],
    ['arn:aws:s3:::amzn-s3-demo-bucket/*/test/*', 'arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/3/object.jpg', true],
    ['arn:aws:s3:::amzn-s3-demo-bucket/*/test/*', 'arn:aws:s3:::amzn-s3-demo-bucket/1///test///object.jpg', true],
    ['arn:aws:s3:::amzn-s3-demo-bucket/*/test/*', 'arn:aws:s3:::amzn-s3-demo-bucket//test/', true],
    ['arn:aws:s3:::amzn-s3-demo-bucket/*/test/*', 'arn:aws:s3:::amzn-s3-demo-bucket/1-test/object.jpg', false],
    ['arn:aws:s3:::amzn-s3-demo-bucket/*/test/*', 'arn:aws:s3:::amzn-s3-demo-bucket/test/object.jpg', false],
    ['arn:aws:logs:*:123456789012:log-group:a', 'arn:aws:logs:eu-west-1:123456789012:log-group:a', true],
    ['arn:aws:logs:eu*1:123456789012:log-group:a', 'arn:aws:logs:eu:x1:123456789012:log-group:a', false],
    ['arn:aws:logs:*', 'arn:aws:logs:eu-west-1:123456789012:log-group:a:b', true],
    ['arn:aws:s3:::b.c/k', 'arn:aws:s3:::bxc/k', false],
  ])('Resource %s and %s: %s (reference_policies_elements_resource)', (pattern, resource, expected) => {
    expect(answer([identity(allow({ Resource: pattern }))], asks('s3:GetObject', resource)) === 'allowed').toBe(expected);
  });

  test('NotAction and NotResource are all but what they name (reference_policies_elements_notaction, …notresource)', () => {
    const policy = identity(
      { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', NotResource: ['arn:aws:s3:::HRBucket/Payroll', 'arn:aws:s3:::HRBucket/Payroll/*'] },
    );
    expect(answer([policy], asks('iam:GetRole', '*'))).toBe('not allowed');
    expect(answer([policy], asks('s3:GetObject', 'arn:aws:s3:::HRBucket/Payroll/May'))).toBe('allowed');
    expect(answer([policy], asks('s3:GetObject', 'arn:aws:s3:::HRBucket/Other'))).toBe('denied');
  });
});

describe('which decision wins (reference_policies_evaluation-logic)', () => {
  const objects = 'arn:aws:s3:::b/*';
  const get = asks('s3:GetObject', 'arn:aws:s3:::b/k');

  test('nothing is allowed that nobody allows; a Deny wins, wherever it stands', () => {
    const [allows, denies] = [identity(allow({ Resource: objects })), identity(allow({ Effect: 'Deny', Resource: objects }))];
    expect(answer([], get)).toBe('not allowed');
    expect(answer([identity(allow({ Resource: 'arn:aws:s3:::other/*' }))], get)).toBe('not allowed');
    expect(answer([allows], get)).toBe('allowed');
    expect(answer([allows, denies], get)).toBe('denied');
  });

  test("inside an account the resource's policy alone can allow; it can deny too", () => {
    const named = (Principal: unknown, Effect = 'Allow') => onResource({ Effect, Principal, Action: 's3:GetObject', Resource: objects });
    expect(answer([], get, [named({ AWS: ROLE })])).toBe('allowed');
    expect(answer([], get, [named('*')])).toBe('allowed');
    expect(answer([], get, [named({ AWS: `arn:aws:iam::${ACCOUNT}:role/other` })])).toBe('not allowed');
    expect(answer([], get, [named({ Service: 'firehose.amazonaws.com' })])).toBe('not allowed');
    expect(answer([identity(allow({ Resource: objects }))], get, [named('*', 'Deny')])).toBe('denied');
  });

  test('an account that is allowed something leaves it to its own policies', () => {
    const byAccount = (Effect: string) => onResource({ Effect, Principal: { AWS: ACCOUNT }, Action: 's3:*', Resource: objects });
    expect(answer([], get, [byAccount('Allow')])).toBe('not allowed');
    expect(answer([identity(allow({ Resource: objects }))], get, [byAccount('Deny')])).toBe('denied');
  });

  test('a service is let in by its name, and only for the source the trust names (confused-deputy)', () => {
    const trust = readPolicy('trust', 'trust', JSON.stringify({
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT }, ArnLike: { 'aws:SourceArn': `arn:aws:states:*:${ACCOUNT}:stateMachine:*` } },
      }],
    }));
    const comes = (service: string, source: string): string =>
      decide({ ...asks('sts:AssumeRole', ROLE, { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': source }), principal: { arns: [], accountId: ACCOUNT, service } }, [], [trust]).kind;
    expect(comes('states.amazonaws.com', `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:hourly`)).toBe('allowed');
    expect(comes('states.amazonaws.com', `arn:aws:states:eu-west-1:${ACCOUNT}:activity:hourly`)).toBe('not allowed');
    expect(comes('lambda.amazonaws.com', `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:hourly`)).toBe('not allowed');
  });
});

describe('conditions (reference_policies_elements_condition_operators)', () => {
  test.each<[string, string, string, string, boolean]>([
    ['StringEquals', 'a', 'a', 'b', true],
    ['StringNotEquals', 'a', 'b', 'a', true],
    ['StringEqualsIgnoreCase', 'Ab', 'aB', 'abc', true],
    ['StringNotEqualsIgnoreCase', 'Ab', 'abc', 'aB', true],
    ['StringLike', 'home/*/x?', 'home/ann/xy', 'home/ann/x', true],
    ['StringNotLike', 'home/*', 'work', 'home/', true],
    ['StringEquals', 'a*', 'a*', 'ab', true],
    ['NumericLessThanEquals', '10', '10', '11', true],
    ['NumericNotEquals', '1', '2', '1', true],
    ['DateGreaterThan', '2020-01-01T00:00:01Z', '2020-01-02T00:00:00Z', '2020-01-01T00:00:00Z', true],
    ['DateLessThan', '1577836800', '2019-12-31T23:59:59Z', '2020-01-01T00:00:00Z', true],
    ['Bool', 'true', 'true', 'false', true],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', 'QmluYXJ6', true],
    ['IpAddress', '203.0.113.0/24', '203.0.113.7', '203.0.114.7', true],
    ['NotIpAddress', '2001:db8:1234:5678::/64', '2001:db8:1234:9999::1', '2001:db8:1234:5678::1', true],
    ['ArnLike', 'arn:aws:sns:*:*:topic-*', 'arn:aws:sns:eu-west-1:123456789012:topic-a', 'arn:aws:sns:eu-west-1:123456789012:other', true],
    ['ArnNotEquals', 'arn:aws:sns:*:*:t', 'arn:aws:sqs:eu-west-1:123456789012:t', 'arn:aws:sns:eu-west-1:123456789012:t', true],
  ])('%s %s holds for %s and not for %s', (operator, expected, fits, misfits) => {
    expect([fits, misfits].map((value) => conditionHolds({ [operator]: { 'k:Key': expected } }, { 'K:key': value }))).toEqual([true, false]);
  });

  test('a key that is not there: fails, holds where the operator is negated or ends with IfExists', () => {
    expect(conditionHolds({ StringEquals: { k: 'a' } }, {})).toBe(false);
    expect(conditionHolds({ StringNotEquals: { k: 'a' } }, {})).toBe(true);
    expect(conditionHolds({ StringEqualsIfExists: { k: 'a' } }, {})).toBe(true);
    expect(conditionHolds({ StringEqualsIfExists: { k: 'a' } }, { k: 'b' })).toBe(false);
    expect(conditionHolds({ Null: { k: 'true' } }, {})).toBe(true);
    expect(conditionHolds({ Null: { k: 'false' } }, {})).toBe(false);
    expect(conditionHolds({ Null: { k: false } }, { k: 'b' })).toBe(true);
  });

  test('values are joined by or, negated ones by nor; keys and operators by and (reference_policies_condition-logic-multiple-context-keys-or-values)', () => {
    expect(conditionHolds({ StringEquals: { k: ['a', 'b'] } }, { k: 'b' })).toBe(true);
    expect(conditionHolds({ StringNotEquals: { k: ['a', 'b'] } }, { k: 'b' })).toBe(false);
    expect(conditionHolds({ StringEquals: { k: 'a', l: 'b' } }, { k: 'a', l: 'c' })).toBe(false);
    expect(conditionHolds({ StringEquals: { k: 'a' }, Bool: { l: 'true' } }, { k: 'a', l: 'true' })).toBe(true);
  });

  test('sets: all of the values, or one of them (reference_policies_condition-single-vs-multi-valued-context-keys)', () => {
    const all = { 'ForAllValues:StringLike': { 'dynamodb:Attributes': ['ID', 'Post*'] } };
    expect([['ID', 'PostDate'], ['ID', 'Secret'], []].map((values) => conditionHolds(all, { 'dynamodb:Attributes': values }))).toEqual([true, false, true]);
    const any = { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team'] } };
    expect([['team', 'x'], ['x'], []].map((values) => conditionHolds(any, { 'aws:TagKeys': values }))).toEqual([true, false, false]);
    expect(conditionHolds({ 'ForAllValues:StringNotEquals': { k: 'a' } }, { k: ['b', 'a'] })).toBe(false);
    expect(conditionHolds({ 'ForAnyValue:StringNotEquals': { k: 'a' } }, { k: ['b', 'a'] })).toBe(true);
    expect(conditionHolds({ 'ForAnyValue:StringEqualsIfExists': { k: 'a' } }, {})).toBe(false);
  });

  test('policy variables stand for keys of the request, in resources and values (reference_policies_variables)', () => {
    const home = identity(
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::b', Condition: { StringLike: { 's3:prefix': ['${aws:username}/*'] } } },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/${aws:username}/*' },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: "arn:aws:s3:::teams/${aws:PrincipalTag/team, 'company-wide'}/${*}" },
    );
    expect(answer([home], asks('s3:ListBucket', 'arn:aws:s3:::b', { 'aws:username': 'ann', 's3:prefix': 'ann/x' }))).toBe('allowed');
    expect(answer([home], asks('s3:ListBucket', 'arn:aws:s3:::b', { 'aws:username': 'bob', 's3:prefix': 'ann/x' }))).toBe('not allowed');
    expect(answer([home], asks('s3:GetObject', 'arn:aws:s3:::b/ann/x', { 'aws:username': 'ann' }))).toBe('allowed');
    expect(answer([home], asks('s3:GetObject', 'arn:aws:s3:::b/ann/x', { 'aws:username': '*' }))).toBe('not allowed');
    expect(answer([home], asks('s3:GetObject', 'arn:aws:s3:::b/ann/x'))).toBe('not allowed');
    expect(answer([home], asks('s3:GetObject', 'arn:aws:s3:::teams/company-wide/*'))).toBe('allowed');
    expect(answer([home], asks('s3:GetObject', 'arn:aws:s3:::teams/company-wide/x'))).toBe('not allowed');
  });

  test('before version 2012-10-17 a variable is text', () => {
    const old = readPolicy('old', 'identity', JSON.stringify({ Version: '2008-10-17', Statement: allow({ Resource: 'arn:aws:s3:::${aws:username}' }) }));
    expect(answer([old], asks('s3:GetObject', 'arn:aws:s3:::${aws:username}', { 'aws:username': 'ann' }))).toBe('allowed');
    expect(answer([old], asks('s3:GetObject', 'arn:aws:s3:::ann', { 'aws:username': 'ann' }))).toBe('not allowed');
  });
});

describe('policies that are none (reference_policies_grammar)', () => {
  test.each<[string, Json]>([
    ['Syntax errors in policy.', { Effect: 'Maybe', Action: 's3:*', Resource: '*' }],
    ['Policy statement must contain actions.', { Effect: 'Allow', Resource: '*' }],
    ['Policy statement must contain resources.', { Effect: 'Allow', Action: 's3:*' }],
    ['Syntax errors in policy.', { Effect: 'Allow', Action: 's3:*', NotAction: 's3:*', Resource: '*' }],
    ['Policy document should not specify a principal.', { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' }],
    ['Unknown condition operator: StringIs', { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: { StringIs: { k: 'a' } } }],
  ])('%s', (message, statement) => {
    expect(() => identity(statement)).toThrow(expect.objectContaining({ code: 'MalformedPolicyDocument', message }) as Error);
  });
});
