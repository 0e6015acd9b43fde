'use strict';

/**
 * Plugin of the Serverless Framework, put into the copy of the project that goes to an emulator: does without what that does not know
 * (FLOE_GAPS, the `Gaps` of emulator.ts). Where the rest refers to what is left out, its name is written in.
 */
module.exports = class WithoutGaps {
  constructor(serverless) {
    const { types, functions, stackPolicy } = JSON.parse(process.env.FLOE_GAPS);
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { provider } = serverless.service;
        provider.compiledCloudFormationTemplate = withoutTypes(provider.compiledCloudFormationTemplate, types);
        if (functions.includes('Fn::Cidr')) provider.compiledCloudFormationTemplate = mapped(provider.compiledCloudFormationTemplate, withoutCidr);
        if (stackPolicy) delete provider.stackPolicy;
      },
    };
  }
};

const withoutTypes = (template, types) => {
  const left = Object.fromEntries(Object.entries(template.Resources).filter(([, { Type }]) => !types.includes(Type)));
  const names = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => left[id] === undefined).map(([id, { Properties }]) => [id, nameOf(Properties)]));
  return mapped({ ...template, Resources: left }, withNames(names));
};

/** What `Ref` gives of a resource that the template names. */
const nameOf = ({ Name, DeliveryStreamName, DatabaseInput, TableInput }) => Name ?? DeliveryStreamName ?? DatabaseInput?.Name ?? TableInput?.Name;

const withNames = (names) => (value) => {
  if (typeof value.Ref === 'string' && names[value.Ref] !== undefined) return names[value.Ref];
  if (value['Fn::Sub'] !== undefined) {
    const [text, ...variables] = [value['Fn::Sub']].flat();
    return { 'Fn::Sub': [text.replace(/\$\{(\w+)\}/g, (reference, id) => names[id] ?? reference), variables[0] ?? {}] };
  }
  if (value.Type !== undefined && value.DependsOn !== undefined) return { ...value, DependsOn: [value.DependsOn].flat().filter((id) => !(id in names)) };
  return value;
};

/** A template with each of its objects changed, the inner ones first. */
const mapped = (value, change) => {
  if (Array.isArray(value)) return value.map((member) => mapped(member, change));
  if (value === null || typeof value !== 'object') return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapped(member, change)])));
};

const withoutCidr = (value) => (value['Fn::Cidr'] === undefined ? value : blocksOf(...value['Fn::Cidr']));

/** The first blocks of 2^bits addresses in an IPv4 network: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html */
const blocksOf = (network, count, bits) => {
  const first = network.split('/')[0].split('.').reduce((address, byte) => address * 256 + Number(byte), 0);
  return Array.from({ length: Number(count) }, (_, index) => {
    const address = first + index * 2 ** Number(bits);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${32 - Number(bits)}`;
  });
};
