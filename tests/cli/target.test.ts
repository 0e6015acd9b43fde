import { deployedTarget } from '../../cli/pipeline/target.ts';

test('a stage without a name is refused: it must not lead to the cloud of this machine', () => {
  expect(() => deployedTarget({ stage: '' }, {})).toThrow('--stage has no value');
  expect(() => deployedTarget({ stage: '' }, { FLOE_STAGE: 'prod' })).toThrow('--stage has no value');
  expect(deployedTarget({}, { FLOE_STAGE: '' })).toBeUndefined();
});

test("what is no stage's name is refused", () => {
  for (const stage of ['a;b', '$(id)', '../prod', '-prod', 'a b']) expect(() => deployedTarget({ stage }, {})).toThrow("is no stage's name");
});
