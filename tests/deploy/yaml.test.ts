import { parseYaml } from '../../localcloud/cloudformation/yaml.ts';

describe('YAML of templates', () => {
  test('short forms become long ones, nested and in lists', () => {
    const text = "a: !Join ['', [!Ref A, !Sub '${B.Arn}/*']]\nb: !GetAtt Db.Endpoint.Port\nc: !Equals [!Ref Stage, prod]\nd: !Condition IsProd";
    expect(parseYaml(text, 't.yml')).toEqual({
      a: { 'Fn::Join': ['', [{ Ref: 'A' }, { 'Fn::Sub': '${B.Arn}/*' }]] },
      b: { 'Fn::GetAtt': ['Db', 'Endpoint.Port'] },
      c: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
      d: { Condition: 'IsProd' },
    });
  });

  test('an anchor gives its value to each alias', () => {
    expect(parseYaml('a: &x { Role: !Ref R }\nb: *x', 't.yml')).toEqual({ a: { Role: { Ref: 'R' } }, b: { Role: { Ref: 'R' } } });
  });

  test('values keep their types; dates and octal-looking versions are text', () => {
    expect(parseYaml("{ a: 1, b: true, c: null, d: '1', e: 2012-10-17, f: ~, g: [] }", 't.yml')).toEqual({ a: 1, b: true, c: null, d: '1', e: '2012-10-17', f: null, g: [] });
  });

  test.each([
    ['a tag nobody knows', 'a: 1\nb: !Reff X', 't.yml:2: unknown tag !Reff'],
    ['text that is not YAML', 'a: 1\nb: [1', 't.yml:2'],
    ['a merge key', 'a: &x { b: 1 }\nc: { <<: *x }', 't.yml:2: merge keys are not supported'],
  ])('%s is an error with file and line', (_case, text, message) => {
    expect(() => parseYaml(text, 't.yml')).toThrow(message);
  });
});
