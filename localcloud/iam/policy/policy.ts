import { isObject } from '../../core/json-input.ts';
import { compileCondition } from './conditions.ts';
import type { Condition } from './conditions.ts';
import { malformed } from './malformed.ts';
import { actionMatcher, resourceMatcher } from './patterns.ts';
import type { Matcher } from './patterns.ts';
import { principalMatcher } from './principals.ts';
import type { PrincipalMatcher } from './principals.ts';
import type { PolicyRequest } from './request.ts';

/** `identity`: of a role; `resource`: of a bucket, a topic, a queue; `trust`: who may assume a role. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

export interface Statement {
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  /** The patterns as the policy has them. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whether it is about the request. */
  applies(request: PolicyRequest): boolean;
  /** Which of its resource patterns the request's resource matches. */
  resourcesOf(request: PolicyRequest): string[];
}

export interface Policy {
  readonly name: string;
  readonly statements: readonly Statement[];
}

/** Policy variables exist since this version of the language. */
const WITH_VARIABLES = '2012-10-17';

/**
 * Reads a policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @throws AwsError MalformedPolicyDocument
 */
export const readPolicy = (name: string, kind: PolicyKind, document: string): Policy => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw malformed('Syntax errors in policy.');
  }
  if (!isObject(parsed) || parsed['Statement'] === undefined) throw malformed('Syntax errors in policy.');
  const version = parsed['Version'] ?? '2008-10-17';
  if (version !== WITH_VARIABLES && version !== '2008-10-17') throw malformed('Policy document must be version 2012-10-17 or greater.');
  const statements = [parsed['Statement']].flat().map((statement) => readStatement(statement, kind, version === WITH_VARIABLES));
  return { name, statements };
};

const texts = (value: unknown): string[] => {
  const list = [value].flat();
  if (!list.every((item) => typeof item === 'string')) throw malformed('Syntax errors in policy.');
  return list;
};

/** One of two elements, the second of which means all but what it names. */
const either = (statement: Record<string, unknown>, name: string): { patterns: string[]; negated: boolean } | undefined => {
  const [plain, negated] = [statement[name], statement[`Not${name}`]];
  if (plain !== undefined && negated !== undefined) throw malformed('Syntax errors in policy.');
  if (plain === undefined && negated === undefined) return undefined;
  return { patterns: texts(plain ?? negated), negated: plain === undefined };
};

const readStatement = (statement: unknown, kind: PolicyKind, variables: boolean): Statement => {
  if (!isObject(statement)) throw malformed('Syntax errors in policy.');
  const { Sid = '', Effect } = statement;
  if ((Effect !== 'Allow' && Effect !== 'Deny') || typeof Sid !== 'string') throw malformed('Syntax errors in policy.');
  const actions = either(statement, 'Action');
  if (!actions) throw malformed('Policy statement must contain actions.');
  const resources = either(statement, 'Resource');
  if (!resources && kind === 'identity') throw malformed('Policy statement must contain resources.');
  if (resources && kind === 'trust') throw malformed('Has prohibited field Resource');
  const principal = readPrincipal(statement, kind);
  const condition = readCondition(statement['Condition'], variables);
  const isAction = anyOf(actions.patterns.map(actionMatcher), actions.negated);
  const matchers = (resources?.patterns ?? []).map((pattern) => ({ pattern, matches: resourceMatcher(pattern, variables) }));
  const isResource = resources ? anyOf(matchers.map(({ matches }) => matches), resources.negated) : () => true;
  return {
    sid: Sid,
    effect: Effect,
    actions: actions.patterns,
    resources: resources?.patterns ?? [],
    applies: (request) => isAction(request.action, request.keys) && isResource(request.resource, request.keys) && principal(request.principal, Effect) && condition(request.keys),
    resourcesOf: ({ resource, keys }) => matchers.filter(({ matches }) => matches(resource, keys)).map(({ pattern }) => pattern),
  };
};

const anyOf =
  (matchers: readonly Matcher[], negated: boolean): Matcher =>
  (text, keys) =>
    matchers.some((matches) => matches(text, keys)) !== negated;

const readPrincipal = (statement: Record<string, unknown>, kind: PolicyKind): PrincipalMatcher => {
  const [plain, negated] = [statement['Principal'], statement['NotPrincipal']];
  if (kind === 'identity') {
    if (plain !== undefined || negated !== undefined) throw malformed('Policy document should not specify a principal.');
    return () => true;
  }
  if ((plain === undefined) === (negated === undefined)) throw malformed('Missing required field Principal');
  return principalMatcher(plain ?? negated, plain === undefined);
};

const readCondition = (block: unknown, variables: boolean): Condition => {
  if (block === undefined) return () => true;
  if (!isObject(block)) throw malformed('Syntax errors in policy.');
  const operators = Object.entries(block).map(([operator, tests]) => {
    if (!isObject(tests)) throw malformed('Syntax errors in policy.');
    return [operator, Object.fromEntries(Object.entries(tests).map(([key, values]) => [key, [values].flat().map(String)]))] as const;
  });
  return compileCondition(Object.fromEntries(operators), variables);
};
