import { AwsError } from '../core/errors.ts';
import type { JsonFile } from '../core/files.ts';
import { listMembers } from '../core/query-protocol.ts';
import { element, textElement } from '../core/xml.ts';
import type { SnsState } from './sns-service.ts';
import type { Topic } from './types.ts';

export const required = (parameters: URLSearchParams, name: string): string => {
  const value = parameters.get(name);
  if (value === null) throw new AwsError('InvalidParameter', `Invalid parameter: ${name} is missing`);
  return value;
};

export const topicOf = (state: JsonFile<SnsState>, topicArn: string): Topic => {
  const topic = state.get().topics[topicArn];
  if (!topic) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
  return topic;
};

/** A map as the query protocol writes it, in names and in XML: `entry.1.key`, `entry.1.value`. */
export const mapParameter = (parameters: URLSearchParams, name: string): Record<string, string> =>
  Object.fromEntries(listMembers(parameters, name).map((entry) => [entry.get('key') ?? '', entry.get('value') ?? '']));
export const mapElement = (name: string, map: Readonly<Record<string, string>>): string =>
  element(name, ...Object.entries(map).map(([key, value]) => element('entry', textElement('key', key), textElement('value', value))));
