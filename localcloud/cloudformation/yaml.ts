import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { TemplateObject, TemplateValue } from './types.ts';
import { textOf } from './values.ts';

/** CloudFormation's short forms (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html). */
const SHORT_FORMS = new Set(
  ['And', 'Base64', 'Cidr', 'Condition', 'Equals', 'FindInMap', 'GetAtt', 'GetAZs', 'If', 'ImportValue', 'Join', 'Not', 'Or', 'Ref', 'Select', 'Split', 'Sub'].map((name) => `!${name}`),
);

/**
 * Reads a YAML file of a template or of serverless.yml; short forms (`!Ref Id`) become long ones (`{ Ref: Id }`).
 * @param file name for messages
 * @throws Error with file and line for what is not YAML, and for a tag CloudFormation does not know
 */
export const parseYaml = (text: string, file: string): TemplateValue => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const wrong = document.errors[0];
  if (wrong) throw new Error(`${file}:${lines.linePos(wrong.pos[0]).line}: ${wrong.message}`, { cause: wrong });
  const place = (node: Node): string => `${file}:${lines.linePos(node.range?.[0] ?? 0).line}`;
  return toValue(document.contents, document, place);
};

type Place = (node: Node) => string;

const toValue = (node: unknown, document: Document, place: Place): TemplateValue => {
  if (node === null || node === undefined) return null;
  if (isAlias(node)) return toValue(node.resolve(document), document, place);
  if (!isScalar(node) && !isSeq(node) && !isMap(node)) throw new Error('a YAML node of an unknown kind');
  const plain = isScalar(node) ? scalarValue(node.value) : isSeq(node) ? node.items.map((item) => toValue(item, document, place)) : mapValue(node.items, document, place);
  const tag = node.tag;
  if (tag === undefined || tag.startsWith('tag:yaml.org,')) return plain;
  if (!SHORT_FORMS.has(tag)) throw new Error(`${place(node)}: unknown tag ${tag}`);
  return longForm(tag.slice(1), plain);
};

const scalarValue = (value: unknown): TemplateValue => (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null);

const mapValue = (pairs: readonly { key: unknown; value: unknown }[], document: Document, place: Place): TemplateObject => {
  const object: TemplateObject = {};
  for (const { key, value } of pairs) {
    const name = textOf(toValue(key, document, place), 'a key');
    // osls reads YAML 1.2 too, but merges; a template that means two things is worse than one that is longer.
    if (name === '<<') throw new Error(`${place(key as Node)}: merge keys are not supported`);
    object[name] = toValue(value, document, place);
  }
  return object;
};

const longForm = (name: string, value: TemplateValue): TemplateObject => {
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  if (name !== 'GetAtt' || typeof value !== 'string') return { [`Fn::${name}`]: value };
  // `!GetAtt Table.Arn`: the logical id ends at the first dot, an attribute may hold more (`Endpoint.Port`).
  const [id = '', ...attribute] = value.split('.');
  return { 'Fn::GetAtt': [id, attribute.join('.')] };
};
