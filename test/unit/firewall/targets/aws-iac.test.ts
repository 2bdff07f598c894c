/** AWS as code: what Terraform and CloudFormation get, measured by HashiCorp's parser and by AWS's own resource types. */
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { toHcl } from '../../../../src/firewall/core/hcl.js';
import { readHcl } from '../../../oracles/hcl.js';
import { checkFiles } from '../../../../src/firewall/live/check.js';
import { findTarget } from '../../../../src/firewall/registry.js';
import { renderRules } from '../../../../src/firewall/render.js';
import { toYaml } from '../../../../src/firewall/core/yaml.js';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { usual } from '../factory.js';
import { mixed } from './artefacts.js';
import { fakeCloud, type FakeCloud } from './fake-cloud.js';
import { overlooked } from './near-misses.js';
import { parseHcl } from '../../../helpers/hcl2json.js';
import { complaints } from '../../../oracles/registry.js';

// AWS's register takes a second to load, and every near miss is tried: ten times that on a busy machine is fine.
vi.setConfig({ testTimeout: 60_000 });

const toolVersion = '0.1.0';
type Settings = Readonly<Record<string, string>>;
const group = { 'group-id': 'sg-0123456789abcdef0' };
/** Target, folder of the golden files, mode, settings, DNS. */
const CASES: readonly (readonly [string, string, 'allow' | 'enforce', Settings, boolean])[] = [
  ['aws-security-group', 'plain', 'allow', {}, false],
  ['aws-security-group', 'dns', 'allow', group, true],
  ['aws-prefix-list', 'plain', 'allow', {}, false],
  ['aws-network-firewall', 'plain', 'allow', {}, false],
  ['aws-network-firewall', 'enforce', 'enforce', { 'home-net': '10.0.0.0/8,2001:db8::/32' }, false],
  ['aws-network-firewall', 'domain-list', 'enforce', { source: 'domain-list' }, false],
];
const made = (
  [id, , mode, settings, dns]: (typeof CASES)[number],
  form: string,
  list = usual(),
): readonly RenderedFile[] =>
  renderRules(findTarget(id), list, { toolVersion, mode, dns, settings: { ...settings, form } });
const main = (files: readonly RenderedFile[]): string => files[0]?.content ?? '';

let cloud: FakeCloud | undefined;
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

describe.each(CASES)('%s, %s', (...row) => {
  const [id, name] = row;
  const target = findTarget(id);
  const golden = (form: string, file: string): string =>
    new URL(`../../../golden/rules/${id}/${form}-${name}/${file}`, import.meta.url).pathname;

  test.each(['terraform', 'cloudformation'])('%s: golden, accepted by our reader', async (form) => {
    const files = made(row, form);
    for (const file of files) await expect(file.content).toMatchFileSnapshot(golden(form, file.name));
    expect(complaints(target.id, files)).toEqual([]);
    expect(made(row, form)).toEqual(files);
  });

  test('terraform: HCL, and our reader reads the same in it', async () => {
    for (const files of [
      made(row, 'terraform'),
      ...(name === 'domain-list' ? [] : [made(row, 'terraform', mixed())]),
    ]) {
      expect(complaints(target.id, files)).toEqual([]);
      expect(await parseHcl(main(files))).toEqual(readHcl(main(files)));
    }
  });

  test('terraform: only resources and arguments of the provider', async () => {
    const parsed = (await parseHcl(main(made(row, 'terraform')))) as { resource: Record<string, Bodies> };
    expect(providerProblems(parsed.resource)).toEqual([]);
  });

  test('cloudformation: only types, properties and values that AWS knows, and all it requires', async () => {
    const spec = await specification();
    const template = parseYaml(main(made(row, 'cloudformation'))) as Template;
    expect(spec(template)).toEqual([]);
    expect(JSON.stringify(template)).toContain('nd-allow');
  });

  test('refuses every near miss', () => {
    // A shorter list is a list, too.
    const optional =
      /without (?:default|Default|rule_variables|RuleVariables|nd_allow_(?:tcp|udp)\w+|NdAllow(?:Tcp|Udp)\w+|[\da-f:.]+\/\d+)$|egress_rule\.nd_allow_(?:tcp|udp)_\d+_v[46] (?:emptied|no list)$/;
    const [tf, cfn] = [made(row, 'terraform'), made(row, 'cloudformation')];
    // What would need an escape or a null: spelled in the language's own other ways, which our reader does not take.
    const or = (write: () => string, other: (text: string) => string, value: unknown): string => {
      try {
        return write();
      } catch {
        return other(JSON.stringify(value));
      }
    };
    const hcl = (value: never): string =>
      or(
        () => toHcl(value),
        (text) => `variable "a" {\n  default = ${text}\n}\n`,
        value,
      );
    const yaml = (value: never): string =>
      or(
        () => toYaml([value]),
        (text) => `---\n${text}\n`,
        value,
      );
    expect(overlooked(target, tf, (text) => readHcl(text), hcl, optional, /\.tf$/)).toEqual([]);
    expect(overlooked(target, cfn, (text) => parseYaml(text) as unknown, yaml, optional)).toEqual([]);
  });

  test('refuses a port or a name that is not the one in the header', () => {
    if (name === 'domain-list') return;
    for (const form of ['', 'terraform', 'cloudformation']) {
      const files = made(row, form);
      const edited = (from: string | RegExp, to: string): readonly string[] =>
        complaints(
          target.id,
          files.map((file) =>
            /\.(?:json|tf|yaml)$/.test(file.name)
              ? { ...file, content: file.content.replace(/^(?!#).*$/gm, (line) => line.replaceAll(from, to)) }
              : file,
          ),
        ) ?? [];
      expect(complaints(target.id, files)).toEqual([]);
      if (id === 'aws-network-firewall') {
        expect(edited('api.netdata.cloud', 'api.netdata.evil').join()).toContain('the header does not say so');
        expect(edited(/NET 443/g, 'NET 8443').join()).toContain('is in the header, but not let through');
      } else if (id === 'aws-security-group' || form !== '')
        // Everything that is named after the port goes with it: the file stays well-formed.
        expect(edited(/443/g, '8443').join()).toContain('port 8443 is not in the header');
    }
  });

  test('terraform agrees where it is installed', async () => {
    const verdicts = await checkFiles(target, made(row, 'terraform'));
    expect(verdicts.flatMap((verdict) => verdict.problems)).toEqual([]);
    // Nothing of the AWS CLI's form is asked about it. What cfn-lint says takes seconds: see the root lab.
    expect(verdicts.map((verdict) => verdict.judge)).toEqual(['terraform fmt -check']);
  });
});

interface Block {
  readonly [name: string]: unknown;
}
type Bodies = Record<string, readonly Block[]>;

/** Arguments by block, `!` = required: bindings of the provider hashicorp/aws 6.25.0. */
const PROVIDER: Readonly<Record<string, readonly string[]>> = {
  aws_vpc_security_group_egress_rule: [
    'ip_protocol!',
    'security_group_id!',
    'cidr_ipv4',
    'cidr_ipv6',
    'description',
    'from_port',
    'prefix_list_id',
    'referenced_security_group_id',
    'region',
    'tags',
    'to_port',
    'for_each',
  ],
  aws_ec2_managed_prefix_list: ['address_family!', 'max_entries!', 'name!', 'entry', 'region', 'tags', 'for_each'],
  'aws_ec2_managed_prefix_list.entry': ['cidr!', 'description'],
  aws_networkfirewall_rule_group: [
    'capacity!',
    'name!',
    'type!',
    'description',
    'encryption_configuration',
    'region',
    'rule_group',
    'rules',
    'tags',
  ],
  'aws_networkfirewall_rule_group.rule_group': [
    'rules_source!',
    'reference_sets',
    'rule_variables',
    'stateful_rule_options',
  ],
  'aws_networkfirewall_rule_group.rule_group.rule_variables': ['ip_sets', 'port_sets'],
  'aws_networkfirewall_rule_group.rule_group.rule_variables.ip_sets': ['key!', 'ip_set!'],
  'aws_networkfirewall_rule_group.rule_group.rule_variables.ip_sets.ip_set': ['definition!'],
  'aws_networkfirewall_rule_group.rule_group.rules_source': [
    'rules_source_list',
    'rules_string',
    'stateful_rule',
    'stateless_rules_and_custom_actions',
  ],
  'aws_networkfirewall_rule_group.rule_group.rules_source.rules_source_list': [
    'generated_rules_type!',
    'target_types!',
    'targets!',
  ],
  'aws_networkfirewall_rule_group.rule_group.stateful_rule_options': ['rule_order!'],
};

function providerProblems(resources: Record<string, Bodies>): string[] {
  const look = (path: string, block: Block): string[] => {
    const known = PROVIDER[path];
    if (known === undefined) return [`no block ${path}`];
    const names = new Set(known.map((name) => name.replace('!', '')));
    return [
      ...known
        .filter((name) => name.endsWith('!') && !Object.hasOwn(block, name.slice(0, -1)))
        .map((n) => `${path}: ${n}`),
      ...Object.entries(block).flatMap(([name, value]) => {
        if (!names.has(name)) return [`${path} has no ${name}`];
        const blocks = Array.isArray(value) && typeof value[0] === 'object' ? (value as Block[]) : [];
        return blocks.flatMap((inner) => look(`${path}.${name}`, inner));
      }),
    ];
  };
  return Object.entries(resources).flatMap(([type, bodies]) =>
    Object.values(bodies).flatMap((blocks) => blocks.flatMap((block) => look(type, block))),
  );
}

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Block }>;
}
interface SpecProperty {
  readonly required?: boolean;
  readonly type: SpecType;
}
interface SpecType {
  readonly type: string;
  readonly allowedValues?: readonly string[];
  readonly element?: SpecType;
  readonly reference?: { readonly $ref: string };
}

/** Takes a second. */
let loading: ReturnType<typeof loadAwsServiceSpec> | undefined;

/** AWS's own register of resource types; every property by name, kind, allowed values, and whether it must be there. */
async function specification(): Promise<(template: Template) => string[]> {
  loading ??= loadAwsServiceSpec();
  const spec = await loading;
  const look = (of: Readonly<Record<string, SpecProperty>>, value: Block, path: string): string[] => [
    ...Object.keys(of)
      .filter((n) => of[n]?.required === true && !Object.hasOwn(value, n))
      .map((n) => `${path}: no ${n}`),
    ...Object.entries(value).flatMap(([name, item]) => {
      const property = of[name];
      return property === undefined ? [`${path} has no ${name}`] : fits(property.type, item, `${path}.${name}`);
    }),
  ];
  const fits = (type: SpecType, value: unknown, path: string): string[] => {
    const wrong = [`${path}: ${JSON.stringify(value).slice(0, 60)} is no ${type.type}`];
    const intrinsic =
      typeof value === 'object' && value !== null && /^(?:Ref|Fn::\w+)$/.test(Object.keys(value)[0] ?? '');
    if (intrinsic) return [];
    if (type.type === 'string') {
      if (typeof value !== 'string') return wrong;
      return type.allowedValues?.includes(value) === false ? [`${path}: ${value} is not allowed`] : [];
    }
    if (type.type === 'integer') return Number.isInteger(value) ? [] : wrong;
    if (type.type === 'tag') return look({ Key: TEXT, Value: TEXT }, value as Block, path);
    if (type.type === 'array')
      return Array.isArray(value) && type.element !== undefined
        ? value.flatMap((item, index) => fits(type.element as SpecType, item, `${path}[${String(index)}]`))
        : wrong;
    if (type.type === 'map')
      return Object.entries(value as Block).flatMap(([key, item]) =>
        fits(type.element as SpecType, item, `${path}.${key}`),
      );
    if (type.type !== 'ref') return [`${path}: unknown kind ${type.type}`];
    const definition = spec.get('typeDefinition', type.reference?.$ref ?? '');
    return look(definition.properties as Readonly<Record<string, SpecProperty>>, value as Block, path);
  };
  const TEXT: SpecProperty = { required: true, type: { type: 'string' } };
  return (template) =>
    Object.entries(template.Resources).flatMap(([id, resource]) => {
      const known = spec.lookup('resource', 'cloudFormationType', 'equals', resource.Type);
      if (known.length !== 1) return [`${id}: there is no type ${resource.Type}`];
      const { properties } = known.only();
      return look(properties as Readonly<Record<string, SpecProperty>>, resource.Properties, id);
    });
}

describe('the measures themselves', () => {
  test('notice what is unknown, missing or of another kind', async () => {
    expect(
      providerProblems({ aws_vpc_security_group_egress_rule: { a: [{ ip_protocol: 'tcp', cidr: 'x' }] } }),
    ).toEqual([
      'aws_vpc_security_group_egress_rule: security_group_id!',
      'aws_vpc_security_group_egress_rule has no cidr',
    ]);
    const spec = await specification();
    const rule = (Properties: Block): string[] =>
      spec({ Resources: { A: { Type: 'AWS::EC2::SecurityGroupEgress', Properties } } });
    expect(rule({ GroupId: 'sg-1', IpProtocol: 'tcp', FromPort: '443', Cidr: 'x' })).toEqual([
      'A.FromPort: "443" is no integer',
      'A has no Cidr',
    ]);
    expect(rule({ GroupId: 'sg-1' })).toEqual(['A: no IpProtocol']);
    expect(spec({ Resources: { A: { Type: 'AWS::EC2::Nothing', Properties: {} } } })).toHaveLength(1);
    const list = {
      PrefixListName: 'x',
      AddressFamily: 'IPv5',
      MaxEntries: 1,
      Entries: [{ Cidr: 1 }],
      Tags: [{ Key: 'a' }],
    };
    expect(spec({ Resources: { A: { Type: 'AWS::EC2::PrefixList', Properties: list } } })).toEqual([
      'A.AddressFamily: IPv5 is not allowed',
      'A.Entries[0].Cidr: 1 is no string',
      'A.Tags[0]: no Value',
    ]);
  });
});

describe('what cannot be said is refused', () => {
  test('a template larger than a request takes', () => {
    const target = findTarget('aws-security-group');
    const addresses = Array.from({ length: 250 }, (_, i) => `198.51.100.${String(i + 1)}`);
    const list = usual();
    const [first] = list.hosts;
    if (first === undefined) throw new Error('no host');
    const hosts = [
      {
        ...first,
        addresses: addresses.map((address) => ({ ...first.addresses[0]!, cidr: `${address}/32`, family: 4 as const })),
      },
    ];
    const settings = { form: 'cloudformation', 'max-rules': '1000' };
    expect(() => renderRules(target, { ...list, hosts }, { toolVersion, settings })).toThrow(/51200/);
  });

  test('any other form', () => {
    expect(() => made(CASES[0]!, 'pulumi')).toThrow(/cannot be used as form/);
  });
});

const AWS = `
const [service, verb] = args;
if (service !== 'cloudformation') fail('what? ' + args.join(' '));
const name = value('--stack-name');
if (verb === 'describe-stacks') {
  if (state.broken) fail('An error occurred (AccessDenied)');
  const stack = state.stacks[name];
  if (stack === undefined) fail('An error occurred (ValidationError): Stack with id ' + name + ' does not exist');
  console.log(stack.tag);
} else if (verb === 'deploy') {
  fs.accessSync(value('--template-file'));
  const given = value('--parameter-overrides');
  state.stacks[name] = { tag: value('--tags').split('=')[1], group: given === undefined ? state.stacks[name]?.group : given.split('=')[1] };
} else if (verb === 'delete-stack') delete state.stacks[name];
else if (verb !== 'wait') fail('what? ' + args.join(' '));`;

describe('the scripts of a stack', () => {
  interface State {
    readonly stacks: Record<string, { tag: string; group?: string }>;
  }
  const stacks = async (): Promise<State['stacks']> => ((await (cloud as FakeCloud).state()) as State).stacks;

  test('make it, keep the security group that it has, and remove it', async () => {
    const files = made(CASES[2]!, 'cloudformation');
    cloud = await fakeCloud('aws', AWS, { stacks: { theirs: { tag: 'x' } } });
    expect(await cloud.run(files, 'install')).toMatchObject({
      code: 0,
      stdout: 'made the stack nd-allow-aws-prefix-list\n',
      stderr: 'no security group given: the lists are made, and no rule refers to them\n',
    });
    expect(await cloud.run(files, 'install', ['sg-00000001'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await cloud.run(files, 'install')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await stacks()).toMatchObject({
      'nd-allow-aws-prefix-list': { tag: 'aws-prefix-list', group: 'sg-00000001' },
    });
    expect(await cloud.run(files, 'uninstall')).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(await stacks())).toEqual(['theirs']);
    expect(await cloud.run(files, 'uninstall')).toMatchObject({
      code: 0,
      stdout: 'there is no stack nd-allow-aws-prefix-list\n',
    });
  });

  test('leave a stack of that name alone that somebody else made, and stop at any other refusal', async () => {
    const files = made(CASES[0]!, 'cloudformation');
    cloud = await fakeCloud('aws', AWS, { stacks: { 'nd-allow-aws-security-group': { tag: 'None' } } });
    for (const role of ['install', 'uninstall'] as const) {
      const ran = await cloud.run(files, role, ['sg-00000001']);
      expect(ran.code).not.toBe(0);
      expect(ran.stderr).toContain('is not ours');
    }
    expect((await cloud.calls()).every((call) => call[1] === 'describe-stacks')).toBe(true);
    await cloud.close();
    cloud = await fakeCloud('aws', AWS, { broken: true, stacks: {} });
    const ran = await cloud.run(files, 'install', ['sg-00000001']);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain('AccessDenied');
    expect((await cloud.run(files, 'install')).stderr).toContain('give the security group');
  });
});
