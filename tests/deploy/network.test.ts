import { isIPv4 } from 'node:net';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';

/** [Fn::Cidr's block, count, bits left for hosts] of a subnet. */
const blockOf = (cidrBlock: unknown): [block: string, count: number, hostBits: number] =>
  (cidrBlock as { 'Fn::Select': [number, { 'Fn::Cidr': [string, number, number] }] })['Fn::Select'][1]['Fn::Cidr'];

// CloudFormation finds this out in the middle of a deployment: "Fn::Cidr cannot split 10.83.0.0/24 into /24 blocks".
test('the subnets of the network of its own fit into it', () => {
  const { Resources } = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'dev', region: 'eu-west-1' }).template;
  const network = Resources['Network']?.Properties?.['CidrBlock'] as string;
  const [address, bits] = network.split('/');
  expect(isIPv4(address ?? '')).toBe(true);
  for (const subnet of ['SubnetA', 'SubnetB']) {
    const [block, count, hostBits] = blockOf(Resources[subnet]?.Properties?.['CidrBlock']);
    expect(block).toBe(network);
    expect(count * 2 ** hostBits).toBeLessThanOrEqual(2 ** (32 - Number(bits)));
    expect(hostBits).toBeGreaterThanOrEqual(4); // AWS takes no subnet smaller than /28
  }
});
