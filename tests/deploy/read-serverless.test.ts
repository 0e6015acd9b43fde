import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { ServerlessTemplate } from '../../localcloud/cloudformation/index.ts';

let projectRoot: string;
beforeEach(() => {
  projectRoot = mkdtempSync(path.join(os.tmpdir(), 'serverless-'));
});
afterEach(() => rmSync(projectRoot, { recursive: true, force: true }));

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(projectRoot, file)), { recursive: true });
  writeFileSync(path.join(projectRoot, file), text);
};
const read = (params: Record<string, string> = {}, stage = 'dev'): ServerlessTemplate => readServerlessTemplate({ projectRoot, stage, region: 'eu-west-1', params });
const valueOf = (text: string, params?: Record<string, string>, stage?: string): unknown => {
  write('serverless.yml', `service: shop\nparams: { default: { size: 5, label: '\${sls:stage}-x' }, prod: { size: 50 } }\ncustom: { deep: { list: [1] } }\nresources:\n  Outputs:\n    o:\n      Value: ${text}\n`);
  return read(params, stage).template.Outputs?.['o']?.Value;
};

describe("the framework's variables", () => {
  test.each([
    ['the stage inside a text', "'a-${sls:stage}-b'", 'a-dev-b'],
    ['a value of its own type', '${param:size}', 5],
    ['a param that holds a variable', '${param:label}', 'dev-x'],
    ['an option', "'${opt:region}'", 'eu-west-1'],
    ['an option left out, with its fallback', "${opt:colour, 'red, or blue'}", 'red, or blue'],
    ['a fallback of another source, typed', '"${opt:colour, param:size}"', 5],
    ['another part of the file', '"${self:custom.deep}"', { list: [1] }],
    ["CloudFormation's own", "!Sub '${AWS::Region}/${Name}/${!x}'", { 'Fn::Sub': '${AWS::Region}/${Name}/${!x}' }],
  ])('%s', (_case, text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });

  test('a param is taken from the caller, else the stage, else the default', () => {
    expect([valueOf('${param:size}', { size: '9' }, 'prod'), valueOf('${param:size}', {}, 'prod'), valueOf('${param:size}')]).toEqual(['9', 50, 5]);
  });

  test('files: YAML and JSON as values with their variables, others as text', () => {
    write('a.yml', 'x: !Ref B\ny: ${sls:stage}\n');
    write('b.json', '{"z": "${param:size}"}');
    write('c.sql', 'SELECT 1\n');
    expect([valueOf('${file(a.yml)}'), valueOf('${file(b.json)}'), valueOf('${file(c.sql)}')]).toEqual([{ x: { Ref: 'B' }, y: 'dev' }, { z: 5 }, 'SELECT 1']);
  });

  test('a file as it is, for what the framework would change', () => {
    write('b.json', '{ "z": null }\n');
    expect(valueOf('${text(b.json)}')).toBe('{ "z": null }\n');
  });

  test.each([
    ['a source that is not known', '${ssm:/x}', '${ssm:/x} is not understood locally'],
    ['a param that is not there', '${param:nothing}', '${param:nothing} has no value'],
    ['a file that is not there', '${file(none.yml)}', 'there is no file none.yml'],
    ['a map inside a text', "'a${self:custom.deep}'", '${self:custom.deep} in a${self:custom.deep}: a text is expected'],
    ['a circle', "'${self:resources.Outputs.o.Value}'", 'in a circle'],
  ])('%s is an error that quotes it', (_case, text, message) => {
    expect(() => valueOf(text)).toThrow(message);
  });
});

describe('functions and resources', () => {
  test('a function becomes a log group and a function with the names the framework gives them', () => {
    write('serverless.yml', 'service: shop\nprovider: { runtime: nodejs22.x, timeout: 9, environment: { A: "1" } }\nfunctions: { run-it: { handler: src/run.handler, environment: { B: !Ref T } } }\n');
    const { stackName, template } = read();
    expect(stackName).toBe('shop-dev');
    expect(template.Resources['RunDashitLogGroup']?.Properties).toEqual({ LogGroupName: '/aws/lambda/shop-dev-run-it' });
    expect(template.Resources['RunDashitLambdaFunction']?.Properties).toMatchObject({ FunctionName: 'shop-dev-run-it', Handler: 'src/run.handler', Timeout: 9, Environment: { Variables: { A: '1', B: { Ref: 'T' } } } });
  });

  test('what would add resources that are missing here is refused', () => {
    write('serverless.yml', 'service: shop\nfunctions: { f: { handler: a.b, events: [{ sns: x }] } }\n');
    expect(() => read()).toThrow('functions.f.events is not understood locally');
  });

  test('a resource in two files is refused', () => {
    write('a.yml', 'Resources: { X: { Type: "AWS::SNS::Topic" } }');
    write('serverless.yml', 'service: shop\nresources: ["${file(a.yml)}", "${file(a.yml)}"]\n');
    expect(() => read()).toThrow('Resources X is there twice');
  });
});
