'use strict';

const numberWithin = (least, most) => (value) => (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most ? undefined : `a whole number from ${least} to ${most}`);
const oneOf = (...values) => (value) => (values.map(String).includes(value) ? undefined : `one of ${values.join(', ')}`);
const like = (pattern, description) => (value) => (pattern.test(value) ? undefined : description);
const orNone = (rule) => (value) => (value === '' ? undefined : rule(value));
/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html */
const idOf = (prefix) => orNone(like(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `empty or an id: ${prefix}-…`));

/** What each parameter of serverless.yml may be; a value AWS refuses would be found in the middle of a deployment. A rule answers what is expected. */
const RULES = {
  alarmEmail: orNone(like(/^[^@\s]+@[^@\s]+$/, 'empty or an address')),
  // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
  slackSecret: orNone(like(/^[\w/+=.@-]{1,512}$/, 'empty or the name of a secret')),
  quarantinePercent: numberWithin(0, 100),
  deletionProtection: oneOf(true, false),
  // https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
  databasePrefix: orNone(like(/^[a-z_][a-z0-9_]{0,200}$/, 'empty or small letters, digits and underscores')),
  // https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
  deliverySeconds: numberWithin(0, 900),
  deliveryMegabytes: numberWithin(64, 128),
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html
  scanCutoffBytes: numberWithin(10_000_000, 7e18),
  silverDays: like(/^(0|9\d|[1-9]\d{2,4})$/, '0, or a whole number from 90 on'),
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  logDays: oneOf(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
  databaseHost: orNone(like(/^[\w.-]{1,255}$/, 'empty or the name of a host')),
  databasePort: numberWithin(1, 65_535),
  databaseName: like(/^[^\s/]{1,63}$/, 'the name of a database'),
  databaseUser: like(/^[\w$]{1,63}$/, 'the name of a user'),
  databaseResourceId: like(/^(\*|(db|cluster|prx)-[\w-]+)$/, '*, db-…, cluster-… or prx-…'),
  databaseCaFile: like(/^\/var\/(runtime|task\/config)\/[\w.-]+\.pem$/, '/var/runtime/ca-cert.pem, or /var/task/config/….pem of a file in config/'),
  databaseSecurityGroupId: idOf('sg'),
  vpcId: idOf('vpc'),
  subnetA: idOf('subnet'),
  subnetB: idOf('subnet'),
  routeTableIds: orNone(like(/^rtb-[0-9a-f]{8,17}(,rtb-[0-9a-f]{8,17})*$/, 'empty or ids separated by commas: rtb-…,rtb-…')),
  // Two subnets of 25 bits are cut from it: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
  vpcCidr: like(/^\d{1,3}(\.\d{1,3}){3}\/(1[6-9]|2[0-4])$/, 'a network with 16 to 24 bits: 10.83.0.0/24'),
};

/** What of one parameter another one asks for. */
const together = ({ vpcId, subnetA, subnetB, routeTableIds, databaseHost, databaseSecurityGroupId }) => [
  ...(vpcId !== '' && (subnetA === '' || subnetB === '' || subnetA === subnetB) ? ['vpcId needs two subnets, subnetA and subnetB'] : []),
  ...(vpcId === '' && [subnetA, subnetB, routeTableIds, databaseSecurityGroupId].some((id) => id !== '') ? ['subnetA, subnetB, routeTableIds and databaseSecurityGroupId need vpcId'] : []),
  ...(vpcId !== '' && databaseHost === '' ? ['vpcId needs databaseHost'] : []),
];

/** @param values by name, those of the default and of the stage; @param given names on the command line */
const problemsOf = (values, given = []) => {
  const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const unknown = given.filter((name) => !(name in RULES));
  const wrong = Object.entries(RULES).flatMap(([name, rule]) => {
    const expected = rule(texts[name] ?? '');
    return expected === undefined ? [] : [`${name} is ${JSON.stringify(texts[name])}; expected: ${expected}`];
  });
  return [...unknown.map((name) => `there is no parameter ${name}`), ...wrong, ...together(texts)];
};

/** Plugin of the Serverless Framework: refuses parameters before anything is built. */
module.exports = class CheckParameters {
  constructor(serverless) {
    this.hooks = {
      'before:package:initialize': () => {
        const given = Object.fromEntries((serverless.processedInput.options.param ?? []).map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1).trimEnd()]));
        const { default: common, [serverless.service.provider.stage]: ofStage } = serverless.configurationInput.params;
        const problems = problemsOf({ ...common, ...ofStage, ...given }, Object.keys(given));
        if (problems.length > 0) throw new serverless.classes.Error(problems.join('\n'));
      },
    };
  }
};
module.exports.RULES = RULES;
module.exports.problemsOf = problemsOf;
