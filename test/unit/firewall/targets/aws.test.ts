/** AWS: what is refused, what the reader refuses, and what the scripts do to an account. */
import { afterEach, describe, expect, test } from 'vitest';
import { toJson } from '../../../../src/firewall/core/json-file.js';
import { findTarget } from '../../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../../src/firewall/render.js';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { host, LAB_RANGES, list, usual } from '../factory.js';
import { fakeCloud, type FakeCloud } from './fake-cloud.js';
import { overlooked } from './near-misses.js';
import { complaints } from '../../../oracles/registry.js';

const toolVersion = '0.1.0';
const sg = findTarget('aws-security-group');
const pl = findTarget('aws-prefix-list');
const nf = findTarget('aws-network-firewall');
const made = (names: Record<string, readonly string[]>, more: object = {}) =>
  checkAllowList(
    list(
      Object.entries(names).map(([name, addresses]) => host(name, addresses, more)),
      {},
    ),
    LAB_RANGES,
  );
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `198.51.100.${String(i + 1)}`);
const parsed = (file: RenderedFile | undefined): unknown => JSON.parse(file?.content ?? 'null') as unknown;

let cloud: FakeCloud | undefined;
async function stateOf<T>(): Promise<T> {
  if (cloud === undefined) throw new Error('no cloud');
  return (await cloud.state()) as T;
}
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

describe.each([
  ['aws-security-group', {}, /without GroupId/],
  ['aws-security-group', { settings: { 'group-id': 'sg-0123456789abcdef0' }, dns: true }, /without GroupId/],
  ['aws-prefix-list', {}, /(?!)/],
  ['aws-network-firewall', {}, /without RuleVariables/],
  ['aws-network-firewall', { mode: 'enforce', settings: { 'home-net': '10.0.0.0/8' } }, /without RuleVariables/],
  ['aws-network-firewall', { mode: 'enforce', settings: { source: 'domain-list' } }, /without RuleVariables/],
] as const)('the reader of %s (%j)', (id, request, optional) => {
  const target = findTarget(id);
  const files = renderRules(target, usual(), { toolVersion, ...request });

  test('accepts what is rendered', () => {
    expect(complaints(target.id, files)).toEqual([]);
  });

  test('refuses every near miss', () => {
    expect(overlooked(target, files, (text) => JSON.parse(text) as unknown, toJson, optional)).toEqual([]);
  });
});

describe('aws-security-group', () => {
  test('a rule for each port and family; DNS to the resolvers when asked for', () => {
    const wanted = made({ 'app.netdata.cloud': ['198.51.100.2', '2001:db8::2'] }, { ports: [443, 8443] });
    expect(parsed(renderRules(sg, wanted, { toolVersion, dns: true })[0])).toMatchObject({
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 53, IpRanges: [{ CidrIp: '192.0.2.53/32' }] },
        { IpProtocol: 'udp', FromPort: 53 },
        { IpProtocol: 'tcp', FromPort: 53, Ipv6Ranges: [{ CidrIpv6: '2001:db8::53/128' }] },
        { IpProtocol: 'udp', FromPort: 53 },
        { FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '198.51.100.2/32' }] },
        { FromPort: 443, Ipv6Ranges: [{ CidrIpv6: '2001:db8::2/128' }] },
        { FromPort: 8443, IpRanges: [{}] },
        { FromPort: 8443, Ipv6Ranges: [{}] },
      ],
    });
  });

  test('the same address and port from two port lists is one rule: AWS refuses duplicates', () => {
    const wanted = checkAllowList(
      list([
        host('app.netdata.cloud', ['198.51.100.2']),
        host('get.netdata.cloud', ['198.51.100.2'], { ports: [80, 443] }),
      ]),
      LAB_RANGES,
    );
    const request = parsed(renderRules(sg, wanted, { toolVersion })[0]) as { IpPermissions: { FromPort: number }[] };
    expect(request.IpPermissions.map((row) => row.FromPort)).toEqual([80, 443]);
  });

  test('more rules than the quota are refused, for each family by itself', () => {
    const rendered =
      (count: number, settings = {}) =>
      () =>
        renderRules(sg, made({ 'app.netdata.cloud': [...many(count), '2001:db8::1'] }), { toolVersion, settings });
    expect(rendered(60)).not.toThrow();
    expect(rendered(61)).toThrow(/61 IPv4 rules; it holds at most 60/);
    expect(rendered(61, { 'max-rules': '100' })).not.toThrow();
  });

  const AWS = `
const [, verb] = args;
if (verb === 'describe-security-group-rules') {
  const ours = state.rules.filter((rule) => rule.ours);
  for (const rule of ours) console.log([rule.id, rule.protocol, rule.port, rule.cidr].join('\\t'));
} else if (verb === 'authorize-security-group-egress') {
  const [row] = JSON.parse(value('--ip-permissions'));
  const cidr = (row.IpRanges ?? [])[0]?.CidrIp ?? row.Ipv6Ranges[0].CidrIpv6;
  if (state.rules.some((rule) => rule.cidr === cidr && rule.port === row.FromPort && rule.protocol === row.IpProtocol))
    fail('An error occurred (InvalidPermission.Duplicate) when calling the operation');
  if (state.broken) fail('An error occurred (UnauthorizedOperation)');
  state.rules.push({ id: 'sgr-' + state.next++, protocol: row.IpProtocol, port: row.FromPort, cidr, ours: true });
} else if (verb === 'revoke-security-group-egress') {
  state.rules = state.rules.filter((rule) => rule.id !== value('--security-group-rule-ids'));
} else fail('what? ' + args.join(' '));`;
  interface State {
    rules: { cidr: string; ours: boolean }[];
  }
  const cidrs = async (): Promise<string[]> => (await stateOf<State>()).rules.map((rule) => rule.cidr).sort();
  const foreign = { id: 'sgr-x', protocol: 'tcp', port: 443, cidr: '198.51.100.77/32', ours: false };

  test('the script adds before it removes, changes nothing the second time, and leaves others alone', async () => {
    cloud = await fakeCloud('aws', AWS, { next: 1, rules: [foreign] });
    const first = renderRules(sg, made({ 'app.netdata.cloud': ['198.51.100.2', '2001:db8::2'] }), { toolVersion });
    const second = renderRules(sg, made({ 'app.netdata.cloud': ['198.51.100.3', '2001:db8::2'] }), { toolVersion });
    expect(await cloud.run(first, 'install', ['sg-00000001'])).toMatchObject({ code: 0, stderr: '' });
    expect(await cidrs()).toEqual(['198.51.100.2/32', '198.51.100.77/32', '2001:db8::2/128']);
    const before = (await cloud.calls()).length;
    expect(await cloud.run(first, 'install', ['sg-00000001'])).toMatchObject({ code: 0, stdout: '' });
    expect((await cloud.calls()).length).toBe(before + 1);
    expect(await cloud.run(second, 'install', ['sg-00000001'])).toMatchObject({
      code: 0,
      stdout: 'allowed tcp 443 198.51.100.3/32\nremoved tcp 443 198.51.100.2/32\n',
    });
    expect(await cidrs()).toEqual(['198.51.100.3/32', '198.51.100.77/32', '2001:db8::2/128']);
    expect(await cloud.run(second, 'uninstall', ['sg-00000001'])).toMatchObject({ code: 0, stderr: '' });
    expect(await cidrs()).toEqual(['198.51.100.77/32']);
    expect((await cloud.calls()).filter((call) => call.includes('sg-00000001')).length).toBeGreaterThan(3);
  });

  test('a rule that somebody else made is left as it is; any other refusal stops the script', async () => {
    cloud = await fakeCloud('aws', AWS, { next: 1, rules: [foreign] });
    const files = renderRules(sg, made({ 'app.netdata.cloud': ['198.51.100.77'] }), { toolVersion });
    expect(await cloud.run(files, 'install', ['sg-00000001'])).toMatchObject({
      code: 0,
      stdout: 'already allowed by a rule that is not ours: tcp 443 198.51.100.77/32\n',
    });
    await cloud.close();
    cloud = await fakeCloud('aws', AWS, { next: 1, rules: [], broken: true });
    const failed = await cloud.run(files, 'install', ['sg-00000001']);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('UnauthorizedOperation');
    expect((await cloud.run(files, 'install')).stderr).toContain('give the security group');
  });
});

describe('aws-prefix-list', () => {
  test('families never mix, port lists have lists of their own, and room is kept', () => {
    const wanted = checkAllowList(
      list([
        host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2']),
        host('a.b', ['198.51.100.3'], { ports: [8443] }),
      ]),
      LAB_RANGES,
    );
    const files = renderRules(pl, wanted, { toolVersion });
    expect(files.slice(0, 3).map(parsed)).toMatchObject([
      { PrefixListName: 'nd-allow-v4', AddressFamily: 'IPv4', MaxEntries: 20, Entries: [{ Cidr: '198.51.100.2/32' }] },
      { PrefixListName: 'nd-allow-v6', AddressFamily: 'IPv6', Entries: [{ Cidr: '2001:db8::2/128' }] },
      { PrefixListName: 'nd-allow-v4-8443', Entries: [{ Cidr: '198.51.100.3/32' }] },
    ]);
  });

  test('more than the room, or than one request takes, is refused', () => {
    const rendered = (count: number, room: string) => () =>
      renderRules(pl, made({ 'app.netdata.cloud': many(count) }), { toolVersion, settings: { 'max-entries': room } });
    expect(rendered(21, '20')).toThrow(/at most 20/);
    expect(rendered(100, '1000')).not.toThrow();
    expect(rendered(101, '1000')).toThrow(/at most 100/);
  });

  const AWS = `
const [, verb] = args;
const find = () => state.lists.find((item) => item.id === value('--prefix-list-id')) ?? fail('no such list');
if (verb === 'describe-managed-prefix-lists') {
  const name = (value('--filters') ?? '').split('Values=')[1];
  for (const item of state.lists.filter((item) => item.ours && (name === undefined || item.name === name)))
    console.log((name === undefined ? [item.id, item.name] : [item.id, item.version, item.room]).join('\\t'));
} else if (verb === 'get-managed-prefix-list-entries') console.log(find().cidrs.join('\\t'));
else if (verb === 'create-managed-prefix-list') {
  const request = JSON.parse(fs.readFileSync(value('--cli-input-json').slice('file://'.length), 'utf8'));
  const id = 'pl-' + state.next++;
  state.lists.push({ id, name: request.PrefixListName, version: 1, room: request.MaxEntries, ours: true, cidrs: request.Entries.map((row) => row.Cidr) });
  console.log(id);
} else if (verb === 'modify-managed-prefix-list') {
  const item = find();
  if (String(item.version) !== value('--current-version')) fail('wrong version');
  const drop = JSON.parse(value('--remove-entries')).map((row) => row.Cidr);
  item.cidrs = [...item.cidrs.filter((cidr) => !drop.includes(cidr)), ...JSON.parse(value('--add-entries')).map((row) => row.Cidr)];
  item.version++;
} else if (verb === 'delete-managed-prefix-list') state.lists = state.lists.filter((item) => item !== find());
else fail('what? ' + args.join(' '));`;
  interface State {
    lists: { name: string; version: number; cidrs: string[] }[];
  }
  const lists = async (): Promise<State['lists']> => (await stateOf<State>()).lists;

  test('the script creates, then changes in one request, then nothing; uninstall goes by the tag', async () => {
    const other = { id: 'pl-x', name: 'theirs', version: 1, room: 5, ours: false, cidrs: [] };
    cloud = await fakeCloud('aws', AWS, { next: 1, lists: [other] });
    const first = renderRules(pl, made({ 'app.netdata.cloud': ['198.51.100.2', '198.51.100.9', '2001:db8::2'] }), {
      toolVersion,
    });
    const second = renderRules(pl, made({ 'app.netdata.cloud': ['198.51.100.3', '198.51.100.9', '2001:db8::2'] }), {
      toolVersion,
    });
    expect(await cloud.run(first, 'install')).toMatchObject({ code: 0, stderr: '' });
    expect((await lists()).slice(1)).toMatchObject([
      { name: 'nd-allow-v4', version: 1, cidrs: ['198.51.100.2/32', '198.51.100.9/32'] },
      { name: 'nd-allow-v6', version: 1, cidrs: ['2001:db8::2/128'] },
    ]);
    expect((await cloud.run(first, 'install')).stdout).toContain('as it should be');
    expect((await lists()).map((item) => item.version)).toEqual([1, 1, 1]);
    expect(await cloud.run(second, 'install')).toMatchObject({ code: 0, stderr: '' });
    expect((await lists()).slice(1)).toMatchObject([
      { version: 2, cidrs: ['198.51.100.9/32', '198.51.100.3/32'] },
      { version: 1 },
    ]);
    expect((await cloud.calls()).filter((call) => call.includes('modify-managed-prefix-list'))).toHaveLength(1);
    expect(await cloud.run(second, 'uninstall')).toMatchObject({ code: 0, stderr: '' });
    expect((await lists()).map((item) => item.name)).toEqual(['theirs']);
  });

  test('a list that is too small is not touched', async () => {
    const small = { id: 'pl-1', name: 'nd-allow-v4', version: 1, room: 1, ours: true, cidrs: ['198.51.100.2/32'] };
    cloud = await fakeCloud('aws', AWS, { next: 2, lists: [small] });
    const files = renderRules(pl, made({ 'app.netdata.cloud': ['198.51.100.3', '198.51.100.9'] }), { toolVersion });
    const ran = await cloud.run(files, 'install');
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain('--max-entries 20');
    expect((await lists())[0]).toMatchObject({ version: 1, cidrs: ['198.51.100.2/32'] });
  });
});

describe('aws-network-firewall', () => {
  const group = (request: object): unknown => parsed(renderRules(nf, usual(), { toolVersion, ...request })[0]);

  test('allow passes whole names on their port and drops nothing', () => {
    const { RuleGroup } = group({}) as { RuleGroup: { RulesSource: { RulesString: string } } };
    const rules = RuleGroup.RulesSource.RulesString.split('\n');
    expect(rules).toHaveLength(3);
    for (const rule of rules) expect(rule).toMatch(/^pass tls .* 443 .*startswith; endswith;/);
  });

  test('enforce drops every other name last; the domain list must be asked for', () => {
    expect(JSON.stringify(group({ mode: 'enforce' }))).toMatch(/ndrop tls[^"]*msg:[^a-z]*nd-allow other names/);
    expect(group({ mode: 'enforce', settings: { source: 'domain-list' } })).toMatchObject({
      RuleGroup: {
        RulesSource: {
          RulesSourceList: {
            Targets: ['api.netdata.cloud', 'app.netdata.cloud', 'mqtt.netdata.cloud'],
            TargetTypes: ['TLS_SNI'],
            GeneratedRulesType: 'ALLOWLIST',
          },
        },
      },
    });
  });

  test('what it cannot say is refused: a domain list in allow mode or with ports, a proxy, too many rules', () => {
    expect(() => group({ settings: { source: 'domain-list' } })).toThrow(/denies every other name/);
    const port = made({ 'app.netdata.cloud': [] }, { ports: [8443] });
    expect(() => renderRules(nf, port, { toolVersion, mode: 'enforce', settings: { source: 'domain-list' } })).toThrow(
      /has no ports/,
    );
    expect(() =>
      renderRules(nf, made({ proxy: ['10.0.0.1'] }, { purpose: 'proxy', ports: [3128] }), { toolVersion }),
    ).toThrow(/--proxy/);
    expect(() => group({ settings: { capacity: '2' } })).toThrow(/3 rules/);
    expect(() => group({ settings: { 'home-net': '10.0.0.1/8' } })).toThrow(/home-net/);
  });

  test('the script creates once and then updates with the token', async () => {
    cloud = await fakeCloud(
      'aws',
      `const [, verb] = args;
if (verb === 'describe-rule-group') { if (!state.group) fail('ResourceNotFoundException'); console.log('token-1'); }
else if (verb === 'create-rule-group') state.group = value('--cli-input-json');
else if (verb === 'update-rule-group') { if (value('--update-token') !== 'token-1') fail('bad token'); state.group = value('--cli-input-json'); }
else if (verb === 'delete-rule-group') delete state.group;
else fail('what?');`,
      {},
    );
    const files = renderRules(nf, usual(), { toolVersion });
    expect(await cloud.run(files, 'install')).toMatchObject({ code: 0, stderr: '' });
    expect(await cloud.run(files, 'install')).toMatchObject({ code: 0, stderr: '' });
    expect((await cloud.calls()).map((call) => call[1])).toEqual([
      'describe-rule-group',
      'create-rule-group',
      'describe-rule-group',
      'update-rule-group',
    ]);
    expect(((await cloud.state()) as { group: string }).group).toMatch(/-update\.json$/);
    expect(await cloud.run(files, 'uninstall')).toMatchObject({ code: 0 });
    expect(await cloud.state()).toEqual({});
  });
});
