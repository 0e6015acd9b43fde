import type { Clients } from './clients.ts';
import type { ResourceIdentity } from './intrinsics.ts';
import type { DeployedFunction, ResourceStatus, TemplateObject, TemplateValue } from './types.ts';
import { isObject } from './values.ts';

/** What a resource is created with: its applied properties, every reference resolved. */
export interface KindContext {
  logicalId: string;
  properties: TemplateObject;
  stackName: string;
  region: string;
  accountId: string;
  clients: Clients;
  registerFunction: (definition: DeployedFunction) => void | Promise<void>;
}

export interface KindOutcome extends ResourceIdentity {
  status: ResourceStatus;
}

/** How one resource type is applied. */
export interface ResourceKind {
  /** Properties that take effect here; `all` where they are whatever a template says. */
  applied: readonly string[] | 'all';
  /**
   * Properties that have no meaning on one machine (encryption, access, tags, retention by age). Any property in neither
   * list is an error: a template must not mean less here without anyone noticing.
   */
  ignored: readonly string[];
  apply(context: KindContext): Promise<KindOutcome>;
}

/** A property that must be there and be a text. */
export const requiredText = (context: KindContext, name: string): string => {
  const value = context.properties[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing or not a text`);
  return value;
};

/** A property as a number where there is one; CloudFormation takes numbers as text too. */
export const optionalNumber = (context: KindContext, name: string): number | undefined => {
  const value = context.properties[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`${name} is not a number: ${JSON.stringify(value)}`);
  return number;
};

/**
 * Whether what a service answers has everything a template asks for: members it does not name may be anything (defaults,
 * dates), numbers and their text are the same.
 */
export const covers = (actual: unknown, wanted: TemplateValue | undefined): boolean => {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) return Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, index) => covers(actual[index], item));
  if (!isObject(wanted)) return actual === wanted || ((typeof actual === 'string' || typeof actual === 'number' || typeof actual === 'boolean') && String(actual) === String(wanted));
  if (Object.keys(wanted).length === 0) return actual !== undefined;
  return isObject(actual) && Object.entries(wanted).every(([key, item]) => covers(actual[key], item));
};

/** A service's error of one of these names becomes undefined: there is no such thing yet. */
export const unlessMissing = async <T>(names: readonly string[], ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  }
};

/** Asks again every 20 ms until the answer is there. @throws Error after 30 s */
export const waitFor = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
  for (let attempt = 0; attempt < 1500; attempt++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not become active`);
};
