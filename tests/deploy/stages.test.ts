import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';

const namesOf = (stage: string): string[] => {
  const { stackName, template } = readServerlessTemplate({ projectRoot: process.cwd(), stage, region: 'eu-west-1' });
  const names = Object.values(template.Resources).flatMap(({ Type, Properties = {} }) => {
    if (Type === 'AWS::Athena::NamedQuery') return []; // a name in its workgroup
    const { Name: database } = (Properties['DatabaseInput'] ?? {}) as { Name?: string };
    const named = Object.entries(Properties).filter(([key]) => /^(\w*Name|Name)$/.test(key) && !/^(Policy|Database|LogStream|Service|Metric)Name$/.test(key));
    return [...named.map(([, value]) => value), ...(database === undefined ? [] : [database])].filter((name) => !(typeof name === 'object' && name !== null && 'Ref' in name)).map((name) => `${Type} ${JSON.stringify(name)}`);
  });
  return [stackName, ...names];
};

describe('stages', () => {
  test('two stages in one account share no name', () => {
    const prod = new Set(namesOf('prod'));
    expect(namesOf('dev').filter((name) => prod.has(name))).toEqual([]);
    expect(prod.size).toBeGreaterThan(25);
  });

  test('on the laptop the databases are called as in the documentation', () => {
    expect(namesOf('dev')).toEqual(expect.arrayContaining(['bronze', 'silver', 'gold', 'state'].map((name) => `AWS::Glue::Database "${name}"`)));
  });
});
