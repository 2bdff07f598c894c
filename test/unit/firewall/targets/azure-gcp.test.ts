/** Azure and Google Cloud: what stands in the files, what is refused, and what the scripts do to an account. */
import { execFileSync } from 'node:child_process';
import { Ajv } from 'ajv';
import { afterEach, describe, expect, test } from 'vitest';
import { toJson } from '../../../../src/firewall/core/json-file.js';
import { findTarget } from '../../../../src/firewall/registry.js';
import { checkAllowList, type RuleRequest } from '../../../../src/firewall/render.js';
import { RefusalError, type CheckedAllowList } from '../../../../src/firewall/core/target.js';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { host, LAB_RANGES, list, usual } from '../factory.js';
import { mixed, render } from './artefacts.js';
import { fakeCloud, type FakeCloud } from './fake-cloud.js';
import { overlooked } from './near-misses.js';
import { complaints } from '../../../oracles/registry.js';

type Request = Partial<RuleRequest>;
const VARIANTS: readonly (readonly [string, Request])[] = [
  ['azure-nsg', {}],
  ['azure-nsg', { mode: 'enforce' }],
  ['azure-nsg', { mode: 'enforce', settings: { deny: 'Internet', 'deny-priority': '4000', priority: '100' } }],
  ['azure-nsg', { dns: true, families: [6] }],
  ['azure-firewall', {}],
  ['azure-firewall', { settings: { source: '10.0.0.0/8,192.0.2.7', priority: '65000' } }],
  ['gcp-fqdn', {}],
  ['gcp-fqdn', { dns: true, settings: { priority: '1000', policy: 'edge', region: 'europe-west1' } }],
];

const made = (...hosts: Parameters<typeof host>[]): CheckedAllowList =>
  checkAllowList(list(hosts.map((row) => host(...row))), LAB_RANGES);
const proxy = (name: string, addresses: readonly string[] = []): CheckedAllowList =>
  made([name, addresses, { purpose: 'proxy', ports: [3128] }]);
const parsed = (file: RenderedFile | undefined): unknown => JSON.parse(file?.content ?? 'null') as unknown;

function reason(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.reason;
    throw error;
  }
}

let cloud: FakeCloud | undefined;
async function stateOf<T>(): Promise<T> {
  if (cloud === undefined) throw new Error('no cloud');
  return (await cloud.state()) as T;
}
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

/** What the vendors' references say about the fields that we write: names, types, limits, and nothing else. */
const string = { type: 'string', minLength: 1 };
const strings = { type: 'array', items: string, minItems: 1, uniqueItems: true };
const closed = (properties: object, required = Object.keys(properties)): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const template = (resource: object): object =>
  closed({
    $schema: { const: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#' },
    contentVersion: { type: 'string', pattern: '^(?:\\d+\\.){3}\\d+$' },
    metadata: { type: 'object' },
    parameters: { type: 'object', maxProperties: 256, additionalProperties: closed({ type: { const: 'string' } }) },
    resources: { type: 'array', minItems: 1, maxItems: 800, items: resource },
  });
const SCHEMAS: Readonly<Record<string, object>> = {
  'azure-nsg': template(
    closed(
      {
        type: { const: 'Microsoft.Network/networkSecurityGroups/securityRules' },
        apiVersion: { type: 'string', format: 'date' },
        name: string,
        dependsOn: strings,
        properties: closed(
          {
            access: { enum: ['Allow', 'Deny'] },
            description: { type: 'string', maxLength: 140 },
            destinationAddressPrefix: string,
            destinationAddressPrefixes: strings,
            destinationPortRange: string,
            destinationPortRanges: strings,
            direction: { enum: ['Inbound', 'Outbound'] },
            priority: { type: 'integer', minimum: 100, maximum: 4096 },
            protocol: { enum: ['*', 'Ah', 'Esp', 'Icmp', 'Tcp', 'Udp'] },
            sourceAddressPrefix: string,
            sourcePortRange: string,
          },
          ['access', 'direction', 'priority', 'protocol'],
        ),
      },
      ['type', 'apiVersion', 'name', 'properties'],
    ),
  ),
  'azure-firewall': template(
    closed({
      type: { const: 'Microsoft.Network/firewallPolicies/ruleCollectionGroups' },
      apiVersion: { type: 'string', format: 'date' },
      name: string,
      properties: closed({
        priority: { type: 'integer', minimum: 100, maximum: 65_000 },
        ruleCollections: {
          type: 'array',
          items: closed({
            ruleCollectionType: { const: 'FirewallPolicyFilterRuleCollection' },
            name: string,
            priority: { type: 'integer', minimum: 100, maximum: 65_000 },
            action: closed({ type: { enum: ['Allow', 'Deny'] } }),
            rules: {
              type: 'array',
              items: closed({
                ruleType: { const: 'ApplicationRule' },
                name: string,
                description: string,
                sourceAddresses: strings,
                protocols: {
                  type: 'array',
                  items: closed({
                    protocolType: { enum: ['Http', 'Https'] },
                    port: { type: 'integer', minimum: 1, maximum: 64_000 },
                  }),
                },
                targetFqdns: strings,
                terminateTLS: { type: 'boolean' },
              }),
            },
          }),
        },
      }),
    }),
  ),
  'gcp-fqdn': closed(
    {
      '--action': { enum: ['allow', 'deny', 'goto_next'] },
      '--description': string,
      '--dest-fqdns': strings,
      '--dest-ip-ranges': strings,
      '--direction': { enum: ['EGRESS', 'INGRESS'] },
      '--layer4-configs': { type: 'array', minItems: 1, items: { type: 'string', pattern: '^(?:tcp|udp):\\d{1,5}$' } },
    },
    ['--action', '--description', '--direction', '--layer4-configs'],
  ),
};

describe.each(VARIANTS)('%s (%j)', (id, request) => {
  const target = findTarget(id);
  const all = [usual(), mixed()].map((of) => render(target, of, request));

  test('its reader accepts what is rendered, and refuses every near miss', () => {
    for (const files of all) expect(complaints(target.id, files)).toEqual([]);
    expect(
      overlooked(
        target,
        all[Object.keys(request).length === 0 ? 1 : 0] ?? [],
        (text) => JSON.parse(text) as unknown,
        toJson,
      ),
    ).toEqual([]);
  });

  test('holds nothing but fields of the vendor, within their limits', () => {
    const validate = new Ajv({ allErrors: true, formats: { date: /^\d{4}-\d\d-\d\d$/ } }).compile(SCHEMAS[id] ?? false);
    for (const file of all.flat().filter((row) => row.name.endsWith('.json'))) {
      validate(JSON.parse(file.content));
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test('every file tells the same revision', () => {
    for (const files of all)
      expect(new Set(files.flatMap((file) => file.content.match(/rev=[0-9a-f]+/g) ?? [])).size).toBe(1);
  });
});

describe('azure-nsg', () => {
  interface Rule {
    readonly name: string;
    readonly properties: Readonly<Record<string, unknown>>;
  }
  const rules = (of: CheckedAllowList, request: Request = {}): readonly Rule[] =>
    (parsed(render('azure-nsg', of, request)[0]) as { resources: Rule[] }).resources;

  test('a rule for each list of ports and family, then DNS, then in enforce mode the denial', () => {
    expect(rules(usual()).map((rule) => rule.properties)).toMatchObject([
      {
        priority: 400,
        protocol: 'Tcp',
        access: 'Allow',
        destinationAddressPrefixes: ['198.51.100.2/32', '198.51.100.3/32', '198.51.100.10/32'],
        destinationPortRanges: ['443'],
      },
      { priority: 401, destinationAddressPrefixes: ['2001:db8::2/128', '2001:db8::3/128'] },
    ]);
    const enforced = rules(usual(), { mode: 'enforce' }).map((rule) => rule.properties);
    expect(enforced.map((row) => [row['priority'], row['access'], row['protocol']])).toEqual([
      [400, 'Allow', 'Tcp'],
      [401, 'Allow', 'Tcp'],
      [402, 'Allow', 'Udp'],
      [403, 'Allow', 'Tcp'],
      [404, 'Allow', 'Udp'],
      [405, 'Allow', 'Tcp'],
      [4096, 'Deny', '*'],
    ]);
    expect(enforced.at(-1)).toMatchObject({ destinationAddressPrefix: '*', destinationPortRange: '*' });
    const internet = rules(usual(), { mode: 'enforce', settings: { deny: 'Internet' } });
    expect(internet.at(-1)?.properties).toMatchObject({ destinationAddressPrefix: 'Internet' });
  });

  test('what does not fit is refused, not cut', () => {
    const settings = (priority: string, deny = '4096'): Request => ({
      mode: 'enforce',
      settings: { priority, 'deny-priority': deny },
    });
    expect(reason(() => render('azure-nsg', usual(), settings('4090')))).toBeNull();
    expect(reason(() => render('azure-nsg', usual(), settings('4091')))).toBe('not_expressible');
    expect(reason(() => render('azure-nsg', usual(), settings('400', '405')))).toBe('not_expressible');
    expect(reason(() => render('azure-nsg', made(['app.netdata.cloud', []])))).toBe('addresses_missing');
    expect(reason(() => render('azure-nsg', usual(), { user: 'netdata' }))).toBe('user_not_supported');
    const left = made(['app.netdata.cloud', ['198.51.100.2']], ['get.netdata.cloud', [], { required: false }]);
    expect(render('azure-nsg', left).at(-1)?.content).toContain('no address is known: get.netdata.cloud');
  });

  test('a denial in allow mode, before an allowance, or instead of one is refused', () => {
    const lint = (
      change: (rows: { properties: Record<string, unknown> }[]) => unknown[],
      request: Request = {},
    ): number => {
      const files = render('azure-nsg', usual(), request);
      const value = parsed(files[0]) as { resources: { properties: Record<string, unknown> }[] };
      const content = toJson({ ...value, resources: change(value.resources) });
      return complaints(
        'azure-nsg',
        files.map((file, i) => (i === 0 ? { ...file, content } : file)),
      ).length;
    };
    const enforce: Request = { mode: 'enforce' };
    expect(lint((rows) => rows)).toBe(0);
    expect(lint((rows) => rows, enforce)).toBe(0);
    expect(lint((rows) => [...rows].reverse(), enforce)).toBeGreaterThan(0);
    expect(lint((rows) => rows.slice(0, -1), enforce)).toBeGreaterThan(0);
    expect(lint((rows) => rows.slice(-1), enforce)).toBeGreaterThan(0);
    expect(
      lint((rows) => rows.map((row) => ({ ...row, properties: { ...row.properties, access: 'Deny' } }))),
    ).toBeGreaterThan(0);
  });

  const AZ = `
if (args[0] === 'deployment') {
  const nsg = value('--parameters').split('=')[1];
  const template = JSON.parse(fs.readFileSync(value('--template-file'), 'utf8'));
  for (const { name, properties } of template.resources) {
    const own = /nd-allow-\\d+/.exec(name)[0];
    if (state.rules.some((row) => row.nsg === nsg && row.name !== own && row.priority === properties.priority)) fail('SecurityRuleConflict');
    state.rules = [...state.rules.filter((row) => row.nsg !== nsg || row.name !== own), { nsg, name: own, priority: properties.priority, description: properties.description, to: properties.destinationAddressPrefixes ?? properties.destinationAddressPrefix }];
  }
} else if (args[3] === 'list') {
  state.query = value('--query');
  for (const row of state.rules) if (row.nsg === value('--nsg-name') && row.name.startsWith('nd-allow-') && (row.description ?? '').includes(' target=azure-nsg ')) console.log(row.name);
} else if (args[3] === 'delete') state.rules = state.rules.filter((row) => row.nsg !== value('--nsg-name') || row.name !== value('--name'));
else fail('what? ' + args.join(' '));`;
  interface State {
    readonly query: string;
    readonly rules: readonly { readonly nsg: string; readonly name: string; readonly description?: string }[];
  }

  test('the script writes over its own rules, removes what is left over, and leaves others alone', async () => {
    const theirs = [
      { nsg: 'edge', name: 'nd-allow-by-hand', priority: 390 },
      { nsg: 'other', name: 'nd-allow-400', priority: 400, description: 'x target=azure-nsg x' },
    ];
    cloud = await fakeCloud('az', AZ, { rules: theirs });
    const names = async (): Promise<string[]> =>
      (await stateOf<State>()).rules
        .filter((row) => row.nsg === 'edge')
        .map((row) => row.name)
        .sort();
    const enforce = render('azure-nsg', usual(), { mode: 'enforce' });
    expect(await cloud.run(enforce, 'install', ['rg', 'edge'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await names()).toContain('nd-allow-4096');
    expect(await cloud.run(enforce, 'install', ['rg', 'edge'])).toMatchObject({ code: 0, stdout: '' });
    expect((await cloud.run(render('azure-nsg'), 'install', ['rg', 'edge'])).stdout).toContain('removed nd-allow-4096');
    expect(await names()).toEqual(['nd-allow-400', 'nd-allow-401', 'nd-allow-by-hand']);
    expect(await cloud.run(render('azure-nsg'), 'uninstall', ['rg', 'edge'])).toMatchObject({ code: 0 });
    expect((await stateOf<State>()).rules).toEqual(theirs);
    expect((await cloud.run(render('azure-nsg'), 'install')).stderr).toContain('give the resource group');
    expect((await cloud.run(render('azure-nsg'), 'install', ['rg'])).stderr).toContain(
      'give the network security group',
    );
  });

  test('a priority that somebody else has stops the script', async () => {
    cloud = await fakeCloud('az', AZ, { rules: [{ nsg: 'edge', name: 'theirs', priority: 400 }] });
    const failed = await cloud.run(render('azure-nsg'), 'install', ['rg', 'edge']);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('SecurityRuleConflict');
  });

  test('the query finds rules of ours and no others', (context) => {
    const query = /--query "([^"]+)"/.exec(
      render('azure-nsg').find((file) => file.role === 'uninstall')?.content ?? '',
    )?.[1];
    const rows = [
      { name: 'nd-allow-400', description: 'nd-allow id=netdata-cloud rev=0 target=azure-nsg mode=allow dns' },
      { name: 'nd-allow-401', description: 'nd-allow id=netdata-cloud rev=0 target=terraform mode=allow dns' },
      { name: 'nd-allow-402', description: null },
      { name: 'nd-allow-403' },
      { name: 'web', description: 'nd-allow id=netdata-cloud rev=0 target=azure-nsg mode=allow dns' },
    ];
    try {
      execFileSync('python3', ['-c', 'import jmespath'], { stdio: 'ignore' });
    } catch {
      context.skip();
    }
    const found = execFileSync('python3', [
      '-c',
      'import jmespath, json, sys; print(json.dumps(jmespath.search(sys.argv[1], json.loads(sys.argv[2]))))',
      query ?? '',
      JSON.stringify(rows),
    ]);
    expect(JSON.parse(String(found))).toEqual(['nd-allow-400']);
  });
});

describe('azure-firewall', () => {
  test('whole names with their ports, from where the Agents are', () => {
    expect(parsed(render('azure-firewall', mixed(), { settings: { source: '10.0.0.0/8' } })[0])).toMatchObject({
      resources: [
        {
          properties: {
            ruleCollections: [
              {
                rules: [
                  {
                    name: 'nd-allow',
                    sourceAddresses: ['10.0.0.0/8'],
                    protocols: [{ protocolType: 'Https', port: 443 }],
                  },
                  { name: 'nd-allow-443-8443', targetFqdns: ['api.netdata.cloud'] },
                  { name: 'nd-allow-8443', targetFqdns: ['app.netdata.cloud'], terminateTLS: false },
                ],
              },
            ],
          },
        },
      ],
    });
  });

  test('refuses what it cannot say', () => {
    expect(reason(() => render('azure-firewall', proxy('proxy.example.org')))).toBe('proxy_not_supported');
    expect(reason(() => render('azure-firewall', made(['app.netdata.cloud', []]), { families: [6] }))).toBe(
      'family_not_supported',
    );
    expect(reason(() => render('azure-firewall', usual(), { mode: 'enforce' }))).toBe('mode_not_supported');
    expect(reason(() => render('azure-firewall', made(['app.netdata.cloud', [], { ports: [65_000] }])))).toBe(
      'not_expressible',
    );
    for (const source of ['10.0.0.1/8', '999.1.1.1', '1.0.0.0/7'])
      expect(reason(() => render('azure-firewall', usual(), { settings: { source } }))).toBe('not_expressible');
  });

  test('the script replaces the one group, and removes it', async () => {
    cloud = await fakeCloud('az', 'state.last = args.join(" ");', {});
    const files = render('azure-firewall', usual(), { settings: { 'resource-group': 'rg', 'firewall-policy': 'pol' } });
    expect(await cloud.run(files, 'install')).toMatchObject({ code: 0, stderr: '' });
    expect((await stateOf<{ last: string }>()).last).toMatch(
      /^deployment group create --resource-group rg .* --parameters firewallPolicy=pol /,
    );
    expect(await cloud.run(files, 'uninstall', ['other', 'one'])).toMatchObject({ code: 0 });
    expect((await stateOf<{ last: string }>()).last).toContain(
      'delete --resource-group other --policy-name one --name nd-allow',
    );
  });
});

describe('gcp-fqdn', () => {
  test('names and addresses in rules of their own, one family in each', () => {
    const of = checkAllowList(
      list([
        host('proxy.example.org', [], { purpose: 'proxy', ports: [3128] }),
        host('10.0.0.7', ['10.0.0.7'], { purpose: 'proxy', ports: [3128] }),
      ]),
      LAB_RANGES,
    );
    const files = render('gcp-fqdn', of, { dns: true }).filter((file) => file.name.endsWith('.json'));
    expect(files.map((file) => [file.name, parsed(file)])).toMatchObject([
      ['nd-allow-44300.gcp-fqdn.json', { '--dest-fqdns': ['proxy.example.org'], '--layer4-configs': ['tcp:3128'] }],
      ['nd-allow-44350.gcp-fqdn.json', { '--dest-ip-ranges': ['10.0.0.7/32'], '--layer4-configs': ['tcp:3128'] }],
      [
        'nd-allow-44351.gcp-fqdn.json',
        { '--dest-ip-ranges': ['192.0.2.53/32'], '--layer4-configs': ['udp:53', 'tcp:53'] },
      ],
      ['nd-allow-44352.gcp-fqdn.json', { '--dest-ip-ranges': ['2001:db8::53/128'] }],
    ]);
  });

  test('refuses what it cannot say', () => {
    expect(reason(() => render('gcp-fqdn', proxy('proxy')))).toBe('names_not_supported');
    expect(reason(() => render('gcp-fqdn', usual(), { families: [4] }))).toBe('family_not_supported');
    expect(reason(() => render('gcp-fqdn', usual(), { mode: 'enforce' }))).toBe('mode_not_supported');
    const many = Array.from({ length: 101 }, (_, index) => host(`h${String(index)}.example.org`, []));
    expect(reason(() => render('gcp-fqdn', checkAllowList(list(many), [])))).toBe('too_many_entries');
  });

  const GCLOUD = `
const [, , verb, ...rest] = args;
if (verb === 'describe') for (const row of state.rules) console.log(row.priority + ',' + row.description);
else if (verb === 'rules') {
  const [what, priority] = rest;
  const found = state.rules.find((row) => String(row.priority) === priority);
  if (args.every((arg) => !/^--(?:global-firewall-policy|firewall-policy-region=.+)$/.test(arg))) fail('which policy?');
  if (what === 'delete') state.rules = state.rules.filter((row) => row !== found);
  else {
    if ((what === 'create') === (found !== undefined)) fail('cannot ' + what);
    const file = args.find((arg) => arg.startsWith('--flags-file=')).slice('--flags-file='.length);
    const flags = JSON.parse(fs.readFileSync(file, 'utf8'));
    state.rules = [...state.rules.filter((row) => row !== found), { ...found, priority: Number(priority), description: flags['--description'], to: flags['--dest-fqdns'] ?? flags['--dest-ip-ranges'] }];
  }
} else fail('what? ' + args.join(' '));`;
  interface State {
    readonly rules: readonly { readonly priority: number; readonly targets?: string }[];
  }
  const priorities = async (): Promise<number[]> =>
    (await stateOf<State>()).rules.map((row) => row.priority).sort((a, b) => a - b);
  const theirs = { priority: 2_147_483_647, description: 'default egress rule' };

  test('the script creates, then updates, removes what is left over, and leaves others alone', async () => {
    cloud = await fakeCloud('gcloud', GCLOUD, { rules: [theirs] });
    const both = render('gcp-fqdn', mixed(), { dns: true });
    expect(await cloud.run(both, 'install', ['edge'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await priorities()).toEqual([44300, 44301, 44302, 44350, 44351, theirs.priority]);
    expect(await cloud.run(both, 'install', ['edge'])).toMatchObject({ code: 0, stdout: '' });
    expect((await cloud.run(render('gcp-fqdn'), 'install', ['edge'])).stdout).toContain('removed 44350');
    expect(await priorities()).toEqual([44300, theirs.priority]);
    expect(await cloud.run(render('gcp-fqdn'), 'uninstall', ['edge'])).toMatchObject({ code: 0 });
    expect((await stateOf<State>()).rules).toEqual([theirs]);
    expect((await cloud.run(render('gcp-fqdn'), 'install')).stderr).toContain('give the network firewall policy');
  });

  test('a priority that is taken stops the script before it changes anything', async () => {
    const taken = { priority: 44302, description: 'nd-allow by hand, target=gcp-fqdn' };
    cloud = await fakeCloud('gcloud', GCLOUD, { rules: [taken] });
    const stopped = await cloud.run(render('gcp-fqdn', mixed()), 'install', ['edge']);
    expect(stopped).toMatchObject({ code: 1 });
    expect(stopped.stderr).toContain('priority 44302 is taken by a rule that is not ours');
    expect((await stateOf<State>()).rules).toEqual([taken]);
  });
});
