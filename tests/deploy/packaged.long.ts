import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import { asRead } from './support/as-read.ts';
import { packageProject } from './support/project.ts';

const SHOP = {
  vpcId: 'vpc-0123456789abcdef0', subnetA: 'subnet-0123456789abcdef0', subnetB: 'subnet-0123456789abcdef1', routeTableIds: 'rtb-0123456789abcdef0',
  databaseHost: 'db.example', databaseSecurityGroupId: 'sg-0123456789abcdef0', slackSecret: 'slack', alarmEmail: 'data@example.com',
};

/** dev's is compared by packaged.test.ts. */
test.each<[string, Record<string, string>]>([
  ['without a database', {}],
  ['with a network of its own for the database', { databaseHost: 'db.example' }],
  ["in the shop's network, with Slack and e-mail", SHOP],
])('prod %s: what is read for the embedded cloud is what the framework compiles, resource for resource', (_case, params) => {
  const project = packageProject('prod', params);
  try {
    const { Resources, Outputs, Conditions } = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'prod', region: 'eu-west-1', params }).template;
    expect({ Resources, Outputs, Conditions }).toEqual(asRead(project.template));
  } finally {
    project.remove();
  }
});
