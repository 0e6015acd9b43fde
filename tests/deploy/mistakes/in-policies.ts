import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';
import { plainText } from '../checks/resources.ts';
import { misspelt, ofAnotherType, pathText, placesIn, put, remove, rename } from './mistake.ts';
import type { Mistake, Path } from './mistake.ts';

type PolicyMistake = Mistake<Template>;

/**
 * `permissions` finds it where the code tells which rights it needs. What services need themselves the enforced roles of the embedded cloud tell
 * (tests/pipeline/rights.test.ts), but for those that rights-on-aws.ts names, which only AWS asks for.
 */
const RIGHTS = 'less may be done: found by a pipeline whose roles are enforced';

/** Every slip in each statement of each policy: of roles, of those who may take them on, of buckets, queues, topics and endpoints. */
export const mistakesInPolicies = (template: Template): PolicyMistake[] =>
  placesIn(template.Resources, ['Resources']).flatMap(({ path, value }) => (path.at(-1) === 'Statement' ? inStatements(value, path) : /PolicyDocument$/.test(String(path.at(-1))) ? inDocument(path) : []));

const at = (path: Path): string => pathText(path.slice(1));

const inDocument = (path: Path): PolicyMistake[] => [
  { kind: 'an element misspelt', at: at([...path, 'Statement']), make: (copy) => rename(copy, [...path, 'Statement'], 'Statment') },
];

const inStatements = (value: TemplateValue, path: Path): PolicyMistake[] => {
  const statements = [value].flat().filter(isObject);
  return statements.flatMap((statement, index) => {
    const place = Array.isArray(value) ? [...path, index] : path;
    return [{ kind: 'a statement removed', at: at(place), make: (copy: Template) => remove(copy, place), legal: RIGHTS }, ...inStatement(statement, place)];
  });
};

const inStatement = (statement: TemplateObject, path: Path): PolicyMistake[] => [
  ...Object.entries(statement).flatMap(([name, value]) => {
    const place = [...path, name];
    const needed = name !== 'Sid' && name !== 'Condition';
    return [
      { kind: 'an element misspelt', at: at(place), make: (copy: Template) => rename(copy, place, misspelt(name)) },
      { kind: needed ? 'an element removed' : 'an optional element removed', at: at(place), make: (copy: Template) => remove(copy, place), legal: needed ? undefined : 'a statement may do without' },
      ...(name === 'Sid' ? [] : [{ kind: 'an element of another type', at: at(place), make: (copy: Template) => put(copy, place, name === 'Effect' ? 'Alow' : ofAnotherType(value)) }]),
    ];
  }),
  ...inActions(statement['Action'] ?? [], [...path, 'Action']),
  ...inResources(statement['Resource'] ?? [], [...path, 'Resource']),
  ...inConditions(statement['Condition'] ?? {}, [...path, 'Condition']),
];

const items = (value: TemplateValue, path: Path): [item: TemplateValue, path: Path][] => (Array.isArray(value) ? value.map((item, index) => [item, [...path, index]]) : [[value, path]]);

const inActions = (actions: TemplateValue, path: Path): PolicyMistake[] => [
  { kind: 'actions emptied', at: at(path), make: (copy) => put(copy, path, []) },
  ...items(actions, path).flatMap(([action, place]) => {
    const [service = '', name = ''] = plainText(action).split(':');
    return [
      ...(name === '*' ? [] : [{ kind: 'an action misspelt', at: at(place), make: (copy: Template) => put(copy, place, `${service}:${misspelt(name)}`) }]),
      { kind: 'a service misspelt', at: at(place), make: (copy: Template) => put(copy, place, `${misspelt(service)}:${name}`) },
      ...(Array.isArray(actions) && actions.length > 1 ? [{ kind: 'an action removed', at: at(place), make: (copy: Template) => remove(copy, place), legal: RIGHTS }] : []),
    ];
  }),
];

/** Statements about everything have no resource to take away, and those that refuse need none to be complete. */
const inResources = (resources: TemplateValue, path: Path): PolicyMistake[] => [
  ...([resources].flat().length > 0 ? [{ kind: 'resources emptied', at: at(path), make: (copy: Template) => put(copy, path, []) }] : []),
  ...items(resources, path).flatMap(([resource, place]) =>
    isObject(resource) ? [{ kind: 'a resource of another service', at: at(place), make: (copy: Template) => put(copy, place, 'arn:aws:codecommit:eu-west-1:000000000000:none') }] : [],
  ),
];

const inConditions = (condition: TemplateValue, path: Path): PolicyMistake[] =>
  Object.entries(isObject(condition) ? condition : {}).flatMap(([operator, keys]) => [
    { kind: 'an operator misspelt', at: at([...path, operator]), make: (copy) => rename(copy, [...path, operator], misspelt(operator)) },
    ...Object.keys(isObject(keys) ? keys : {}).flatMap((key) => [
      { kind: 'a condition key misspelt', at: at([...path, operator, key]), make: (copy: Template) => rename(copy, [...path, operator, key], misspelt(key)) },
      { kind: 'a condition on nothing', at: at([...path, operator, key]), make: (copy: Template) => put(copy, [...path, operator, key], '') },
    ]),
  ]);
