/** What mode enforce lets live besides the hosts, and that it says what it cuts. */
import { describe, expect, test } from 'vitest';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, completeOptions, renderRules } from '../../../src/firewall/render.js';
import { revisionOf } from '../../../src/firewall/core/header.js';
import { parseOpened } from '../../../src/firewall/live/flows.js';
import { host, LAB_RANGES, list } from './factory.js';

const wanted = checkAllowList(
  list([host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2'])], { resolvers: ['198.51.100.53'] }),
  LAB_RANGES,
);
const render = (id: string, mode: 'allow' | 'enforce', keep?: string): string =>
  renderRules(findTarget(id), wanted, { toolVersion: '0', mode, ...(keep === undefined ? {} : { settings: { keep } }) })
    .map(({ content }) => content)
    .join('');

describe.each(['nftables', 'iptables', 'ip6tables', 'ipset', 'pf'])('%s', (id) => {
  const port = id === 'pf' ? 'port' : id === 'nftables' ? 'dport' : '--dport';

  test('keeps the clock, the lease, the resolvers and the metadata unless told otherwise', () => {
    const text = render(id, 'enforce');
    expect(text).toContain(`${port} 123`);
    expect(text).toMatch(id === 'ip6tables' ? new RegExp(`${port} 547`) : new RegExp(`${port} 67\\b`));
    expect(text).toContain(id === 'ip6tables' ? 'fd00:ec2::254' : '169.254.169.254');
    if (id !== 'ip6tables') expect(text).toMatch(new RegExp(`168\\.63\\.129\\.16.*${port} 32526`));
    expect(text).not.toContain('CUT, too');
  });

  test('cuts what is not kept, and says so', () => {
    const text = render(id, 'enforce', 'ntp');
    expect(text).toContain('CUT, too: dhcp (renewal: udp/67, udp/547), dns (to the resolvers), metadata');
    expect(text).not.toMatch(new RegExp(`${port} (?:67|547|80)\\b`));
    expect(text).not.toMatch(new RegExp(`${port} 53\\b`));
    expect(render(id, 'enforce', 'none')).not.toContain(`${port} 123`);
  });

  test('adds nothing to a policy of somebody else, and its revision stays', () => {
    expect(render(id, 'allow')).not.toMatch(new RegExp(`${port} (?:123|67|547)\\b`));
    const options = completeOptions(findTarget(id), { toolVersion: '0' });
    const without = { ...options, settings: { ...options.settings, keep: '' } };
    expect(revisionOf(wanted, options)).toBe(revisionOf(wanted, without));
  });
});

test('a resolver on this host is no obstacle where DNS is not kept', () => {
  const local = checkAllowList(
    list([host('app.netdata.cloud', ['198.51.100.2'])], { resolvers: ['127.0.0.53'] }),
    LAB_RANGES,
  );
  const request = { toolVersion: '0', mode: 'enforce' } as const;
  expect(() => renderRules(findTarget('nftables'), local, request)).toThrow('the resolver is on this host');
  expect(renderRules(findTarget('nftables'), local, { ...request, settings: { keep: 'ntp' } })).not.toEqual([]);
});

test('what this host opened is told from what was opened to it', () => {
  const row = (local: string, remote: string, state: string): string =>
    `   0: ${local} ${remote} ${state} 00000000:00000000\n`;
  const text = [
    '  sl  local_address rem_address   st\n',
    row('00000000:0016', '00000000:0000', '0A'),
    row('016433C6:0016', '096433C6:C001', '01'),
    row('016433C6:D002', '096433C6:1538', '01'),
    row('016433C6:D003', '096433C6:1538', '01'),
    row('016433C6:D004', '096433C6:0050', '06'),
  ].join('');
  expect(parseOpened([text])).toEqual([{ address: '198.51.100.9', port: 5432 }]);
});
