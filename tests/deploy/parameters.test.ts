import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FEWEST_SILVER_DAYS } from '../../src/lib/run/kinds/retention.ts';
import { parseYaml } from '../../localcloud/cloudformation/yaml.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

const { RULES, problemsOf } = createRequire(path.resolve('package.json'))('./scripts/check-parameters.cjs') as {
  RULES: Readonly<Record<string, unknown>>;
  problemsOf: (values: Values, given?: readonly string[]) => string[];
};
const { params } = parseYaml(readFileSync('serverless.yml', 'utf8'), 'serverless.yml') as unknown as { params: Readonly<Record<string, Values>> };
const prod: Values = { ...params['default'], databasePrefix: 'prod_', ...params['prod'] };
const SHOP = { databaseHost: 'db.example', vpcId: 'vpc-0123456789abcdef0', subnetA: 'subnet-0123456789abcdef0', subnetB: 'subnet-0123456789abcdef1' };

test('each parameter has its rule, and each rule its parameter', () => {
  expect(Object.keys(RULES).sort()).toEqual(Object.keys(params['default'] ?? {}).sort());
});

test('what serverless.yml sets is right, for every stage', () => {
  expect([problemsOf({ ...prod, databasePrefix: '' }), problemsOf({ ...prod, ...params['dev'] }), problemsOf({ ...prod, ...SHOP })]).toEqual([[], [], []]);
});

test('silver may be kept as short as a run allows, or for ever', () => {
  expect([FEWEST_SILVER_DAYS, 365, 0].map((silverDays) => problemsOf({ ...prod, silverDays }))).toEqual([[], [], []]);
  expect(problemsOf({ ...prod, silverDays: FEWEST_SILVER_DAYS - 1 })).toEqual([`silverDays is "${FEWEST_SILVER_DAYS - 1}"; expected: 0, or a whole number from ${FEWEST_SILVER_DAYS} on`]);
});

test.each<[string, Values, string]>([
  ['a buffer below what the conversion to Parquet takes', { deliveryMegabytes: '32' }, 'deliveryMegabytes is "32"; expected: a whole number from 64 to 128'],
  ['days that logs cannot be kept', { logDays: 45 }, 'logDays is "45"; expected: one of 1, 3,'],
  ['a protection that is neither on nor off', { deletionProtection: 'yes' }, 'deletionProtection is "yes"; expected: one of true, false'],
  ['a cutoff below what Athena takes', { scanCutoffBytes: 1_000_000 }, 'scanCutoffBytes is "1000000"'],
  ['a prefix that no database may have', { databasePrefix: 'Prod-' }, 'databasePrefix is "Prod-"'],
  ['a network without its subnets', { ...SHOP, subnetB: '' }, 'vpcId needs two subnets'],
  ['a network without a database to be reached in it', { ...SHOP, databaseHost: '' }, 'vpcId needs databaseHost'],
  ["a database's group without its network", { databaseHost: 'db.example', databaseSecurityGroupId: 'sg-0123456789abcdef0' }, 'databaseSecurityGroupId need vpcId'],
  ['route tables that are separated by a blank', { ...SHOP, routeTableIds: 'rtb-01234567, rtb-01234568' }, 'routeTableIds is'],
])('refused before anything is built: %s', (_case, change, problem) => {
  expect(problemsOf({ ...prod, ...change })).toEqual([expect.stringContaining(problem)]);
});

test('a name that is misspelt on the command line is refused, and not passed over', () => {
  expect(problemsOf({ ...prod, databasehost: 'db.example' }, ['databasehost'])).toEqual(['there is no parameter databasehost']);
});
