/** The oracles of formats that no program here can parse: what they must accept, and what they must not. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { findTarget } from '../../../../src/firewall/registry.js';
import { usual } from '../factory.js';
import { meaning, mixed, render, replaced } from './artefacts.js';
import { complaints } from '../../../oracles/registry.js';

/** Lines of each format that would let more through, or switch something off. */
const HOSTILE: Readonly<Record<string, readonly string[]>> = {
  'cisco-asa': [
    'access-list OUT line 1 extended permit ip any any',
    'access-list OUT line 1 extended permit tcp any any eq 443',
    'access-list OUT line 1 extended permit tcp any object-group nd-allow eq 22',
    ' network-object 0.0.0.0 0.0.0.0',
    ' fqdn v4 evil.example.org',
    'clear configure access-list',
    'no access-list OUT extended deny ip any any',
    'no object-group network inside-servers',
    'reload noconfirm',
  ],
  'cisco-fmc': [
    '            "value": "0.0.0.0/0"',
    '        "action": "TRUST",',
    '    "fmc_access_rule": {}',
    '      "x": {}',
  ],
  unifi: [
    '          "0.0.0.0/0",',
    '        "action": "BLOCK",',
    '          "matching_target": "ANY",',
    '        "protocol": "all",',
  ],
  'cisco-ios-xe': [
    ' 1 permit ip any any',
    ' 1 permit tcp any any eq 443',
    ' 0.0.0.0 0.0.0.0',
    ' any',
    ' permit ipv6 any any sequence 1',
    'no ip access-list extended ND-EGRESS',
    ' no permit tcp any any',
    'do reload',
  ],
  'juniper-srx': [
    'set security policies default-policy permit-all',
    'set security policies from-zone trust to-zone untrust policy nd-allow match destination-address any',
    'set security policies from-zone trust to-zone untrust policy nd-allow match application any',
    'set security address-book global address nd-allow-x 0.0.0.0/0',
    'delete security policies',
    'delete security',
    'deactivate security policies from-zone trust to-zone untrust policy deny-all',
    'run request system reboot',
  ],
  vyos: [
    'set firewall ipv4 forward filter default-action accept',
    'set firewall ipv4 forward filter rule 100 destination address 0.0.0.0/0',
    'set firewall ipv4 forward filter rule 1 action accept',
    'set firewall group domain-group nd-allow address evil.example.org',
    "set firewall group network-group nd-allow-v4 network '0.0.0.0/0'",
    'delete firewall ipv4 forward filter',
    'delete firewall group address-group mine',
    'run reboot now',
    'commit',
  ],
  'palo-alto': [
    'set rulebase security rules nd-allow destination any',
    'set rulebase security rules other from any to any source any destination any application any service any action allow',
    'set address nd-allow-x ip-netmask 0.0.0.0/0 description "nd-allow x" tag nd-allow',
    'delete rulebase security rules',
    'delete address mine',
    'move rulebase security rules deny-all bottom',
    'run request restart system',
  ],
  fortigate: [
    'config system global',
    '        set dstaddr "all"',
    '        set service "ALL"',
    '        set action accept',
    '    edit 0',
    '    delete 1',
    '    purge',
    '        set subnet 0.0.0.0 0.0.0.0',
    'execute reboot',
  ],
  'check-point': [
    "call add access-rule layer 'Network' position top name 'open' source 'Any' destination.1 'Any' service.1 'Any' action Accept",
    "call set access-rule layer 'Network' name 'Cleanup rule' action Accept",
    "domain '.netdata.cloud.evil.example.org'",
    "network 'nd-allow-x' 0.0.0.0 0",
    "drop host 'mine'",
    "call delete access-rule layer 'Network' name 'Cleanup rule' >/dev/null 2>&1 || :",
    'call publish',
    'rm -rf /',
    'call add host name $(id) ip-address 198.51.100.9',
  ],
  pfsense: ['0.0.0.0/0 nd-allow', 'evil.example.org nd-allow', '80 nd-allow', '1:65535 nd-allow', 'any', ''],
  opnsense: [
    '        "content": "evil.example.org",',
    '        "enabled": "0",',
    '        "type": "url",',
    'rm -rf /',
    'call -X POST -d \'\' "$OPNSENSE_URL/api/core/firmware/reboot"',
  ],
  haproxy: [
    '    default_backend nd_allow_443_app_netdata_cloud',
    '    use_backend nd_allow_443_app_netdata_cloud',
    '    use_backend nd_allow_443_app_netdata_cloud if { req.ssl_sni -i evil.example.org }',
    '    tcp-request content accept',
    '    acl nd_allow_name req.ssl_sni -m found',
    '    acl nd_allow_name req.ssl_sni -i evil.example.org',
    '    server other 198.51.100.9:443',
    'listen open',
    'global',
    'lua-load /tmp/x.lua',
    'rm -rf /etc/haproxy',
  ],
  bluecoat: [
    'ALLOW',
    '    ALLOW',
    '    url.domain=example.org',
    '    url.host.exact.no_lookup=evil.example.org url.port=443',
    '    url.port=443',
    '    condition=!nd_allow ALLOW',
    '<Admin>',
    '    url.regex=. ALLOW',
  ],
  zscaler: [
    '    ".netdata.cloud",',
    '    "evil.example.org",',
    '.netdata.cloud',
    'evil.example.org',
    '*',
    '  "keywords": ["a"],',
  ],
};

const SETTINGS: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  'cisco-asa': [{ source: 'AGENTS', line: '12', acl: 'inside_in' }, { match: 'addresses' }],
  'cisco-fmc': [{ match: 'addresses' }, { section: 'default' }],
  'cisco-ios-xe': [{ sequence: '100', acl: 'WAN-OUT' }],
  'juniper-srx': [
    { match: 'addresses', source: 'agents' },
    { before: 'deny-all', from: 'dmz' },
  ],
  vyos: [{ match: 'addresses', chain: 'output' }, { rule: '10' }],
  'palo-alto': [
    { match: 'addresses', source: 'agents', before: 'deny-all' },
    { vsys: 'vsys2', 'no-decrypt': 'yes' },
    { 'device-group': 'DG-1' },
  ],
  fortigate: [
    { match: 'addresses', 'cache-ttl': '0' },
    { vdom: 'root', before: '12', nat: 'enable' },
  ],
};

describe.each(Object.keys(HOSTILE))('the reader of %s', (id) => {
  const target = findTarget(id);
  const lint = (files: readonly RenderedFile[]): readonly string[] => complaints(target.id, files);
  const variants = [{}, ...(SETTINGS[id] ?? [])].flatMap((settings) =>
    (id === 'zscaler' ? [usual()] : [usual(), mixed()]).flatMap((of) =>
      [false, ...(target.capabilities.dns ? [true] : [])].flatMap((dns) =>
        target.capabilities.modes.map((mode) => ({ settings, of, dns, mode })),
      ),
    ),
  );
  const artefacts = variants.map(({ of, ...request }) => render(target, of, request));

  test('accepts everything that its target makes', () => {
    for (const files of artefacts) expect(lint(files)).toEqual([]);
  });

  test('refuses any character more, less or other than that, unless it stands in a comment', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...artefacts),
        fc.nat(),
        fc.nat(),
        fc.constantFrom('insert', 'replace', 'delete'),
        fc.oneof(
          fc.constantFrom(...' \n\t#!;"\'.-0149anx/:*{}[]$'.split('')),
          fc.string({ minLength: 1, maxLength: 1 }),
        ),
        (files, which, where, how, char) => {
          const loaded = files.filter((file) => file.role !== 'note');
          const file = loaded[which % loaded.length];
          if (file === undefined) return;
          const at = where % file.content.length;
          const rest = file.content.slice(how === 'insert' ? at : at + 1);
          const content = file.content.slice(0, at) + (how === 'delete' ? '' : char) + rest;
          if (meaning({ ...file, content }) === meaning(file)) return;
          expect(lint(replaced(files, file, content))).not.toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('refuses a line that is missing, and an end that was cut off', () => {
    for (const files of artefacts.slice(0, 2))
      for (const file of files.filter((row) => row.role !== 'note')) {
        const lines = file.content.split('\n').slice(0, -1);
        const body = meaning(file).split('\n');
        lines.forEach((line, index) => {
          if (!body.includes(line) || line.startsWith('#!')) return;
          const without = [...lines.slice(0, index), ...lines.slice(index + 1)];
          expect(lint(replaced(files, file, `${without.join('\n')}\n`))).not.toEqual([]);
        });
        const cut = lines.slice(0, Math.max(lines.length - 1, 1));
        const content = `${cut.join('\n')}\n`;
        if (meaning({ ...file, content }) === meaning(file)) continue;
        expect(lint(replaced(files, file, content))).not.toEqual([]);
      }
  });

  test('refuses hostile lines wherever they stand, also with a sum that fits', () => {
    const files = artefacts[0] ?? [];
    for (const hostile of HOSTILE[id] ?? [])
      for (const file of files.filter((row) => row.role !== 'note')) {
        const lines = file.content.split('\n').slice(0, -1);
        for (let at = file.content.startsWith('#!') ? 1 : 0; at <= lines.length; at += 1) {
          const content = `${[...lines.slice(0, at), hostile, ...lines.slice(at)].join('\n')}\n`;
          expect(lint(replaced(files, file, content, true)), `${hostile} at ${String(at)}`).not.toEqual([]);
        }
      }
  });

  test('refuses another name or port than the header says, also with a sum that fits', () => {
    const swaps: readonly (readonly [RegExp, string])[] = [
      [/app\.netdata\.cloud/g, 'evil.example.org'],
      [/443\b/g, '444'],
    ];
    for (const files of artefacts)
      for (const [from, to] of swaps) {
        const file = files[0];
        if (file === undefined) continue;
        const body = new Set(meaning(file).split('\n'));
        const change = (line: string): string =>
          body.has(line) && !/descri|comment|note/.test(line) ? line.replace(from, to) : line;
        const content = file.content.split('\n').map(change).join('\n');
        if (meaning({ ...file, content }) === meaning(file)) continue;
        expect(lint(replaced(files, file, content, true))).not.toEqual([]);
      }
  });

  test('refuses files that do not belong to it', () => {
    const files = render(target);
    expect(lint([...files, { name: 'more.txt', content: 'x\n', mode: 0o644 }])).not.toEqual([]);
  });
});
