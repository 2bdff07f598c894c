import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/model/errors.js';
import { buildAllowList } from '../../../src/firewall/core/allow-list.js';
import { listFromReport } from '../../../src/firewall/core/from-report.js';
import { parseListFile } from '../../../src/firewall/core/parse-list.js';
import type { Report } from '../../../src/model/report.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { LAB_RANGES, NOW, usual } from './factory.js';

describe('a list file', () => {
  test('our own JSON comes back unchanged', () => {
    const before = usual();
    const text = renderRules(findTarget('json'), before, { toolVersion: '0.1.0' })[0]?.content ?? '';
    const parsed = parseListFile(text, 'list.json', NOW);
    const again = buildAllowList({ ...parsed, now: NOW, accepted: LAB_RANGES, provenOnly: false });
    expect(checkAllowList(again, LAB_RANGES)).toEqual(before);
  });

  test('text gives names, ports and addresses', () => {
    const parsed = parseListFile('# ours\napp.example 198.51.100.2, 198.51.100.3\r\nAPI.example.:8443\n\n', 'f', NOW);
    expect(parsed.hosts.map((host) => [host.fqdn, host.ports])).toEqual([
      ['app.example', [443]],
      ['api.example', [8443]],
    ]);
    expect(parsed.answers.map((row) => [row.fqdn, row.address, row.ttl])).toEqual([
      ['app.example', '198.51.100.2/32', null],
      ['app.example', '198.51.100.3/32', null],
    ]);
  });

  test.each([
    ['198.51.100.2', /f:1: an address needs the name/],
    ['ok.example\nbad_name.example', /f:2: .*bad_name/],
    ['app.example 198.51.100.0/16', /f:1: .*write 198\.51\.0\.0\/16 or 198\.51\.100\.0/],
    ['app.example:0', /f:1: .*not a port/],
    ['app.example 010.0.0.1', /f:1: /],
    ['# nothing', /names no host/],
    ['{"schema":"other"}', /not an allow list/],
    ['{"schema":"netdata-egress/allow-list","version":2}', /version 2/],
    ['{"schema":', /not valid JSON/],
  ])('%j is refused with its place', (content, message) => {
    expect(() => parseListFile(content, 'f', NOW)).toThrow(message);
  });

  test('anything is either a list or a usage error', () => {
    const valid = JSON.parse(
      renderRules(findTarget('json'), usual(), { toolVersion: '1' })[0]?.content ?? '{}',
    ) as Record<string, unknown>;
    const mutated = fc.record({ key: fc.constantFrom(...Object.keys(valid)), value: fc.anything() });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          mutated.map(({ key, value }) =>
            JSON.stringify({ ...valid, [key]: value }, (_, v: unknown) => (typeof v === 'bigint' ? 0 : v)),
          ),
        ),
        (text) => {
          try {
            parseListFile(text ?? '', 'f', NOW);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        },
      ),
    );
  });
});

describe('a saved run', () => {
  const handshake = (host: string, address: string, more: object = {}): object => ({
    operation: 'tls_handshake',
    routeId: 'direct',
    sni: host,
    expectedName: host,
    nameMatches: true,
    address,
    role: { kind: 'path' },
    judgements: [{ storeId: 'link', trusted: true }],
    failure: null,
    ...more,
  });
  const report = (observations: readonly object[], more: object = {}): Report =>
    ({
      schema: 'netdata-egress/report',
      version: 1,
      startedAt: NOW,
      targets: [
        { host: 'app.netdata.cloud', port: 443, purpose: 'claim', required: true },
        { host: 'get.netdata.cloud', port: 443, purpose: 'install', required: false },
      ],
      observations,
      redaction: { mode: 'standard', removed: {} },
      ...more,
    }) as unknown as Report;
  const query = (address: string, more: object = {}): object => ({
    operation: 'dns_query',
    name: 'app.netdata.cloud',
    resolver: '192.0.2.53',
    failure: null,
    role: { kind: 'path' },
    answers: [{ ttl: 300 }],
    addresses: [address],
    tMs: 1000,
    ...more,
  });

  test('gives answers with TTL and proof, and leaves controls and unasked purposes out', () => {
    const parsed = listFromReport(
      report([
        query('198.51.100.2'),
        query('198.51.100.3'),
        query('198.51.100.4', { role: { kind: 'control', control: 'public_resolver' } }),
        handshake('app.netdata.cloud', '198.51.100.2'),
        {
          operation: 'read_host_network',
          resolvers: [{ address: '192.0.2.53' }],
          failure: null,
          role: { kind: 'path' },
        },
      ]),
      'run.json',
      [],
    );
    expect(parsed.hosts.map((host) => host.fqdn)).toEqual(['app.netdata.cloud']);
    expect(parsed.answers.map((row) => [row.address, row.ttl, row.proven])).toEqual([
      ['198.51.100.2', 300, true],
      ['198.51.100.3', 300, false],
    ]);
    expect(parsed.resolvers).toEqual(['192.0.2.53']);
  });

  test.each([
    ['a certificate for another name', { nameMatches: false }],
    ['an untrusted chain', { judgements: [{ storeId: 'link', trusted: false }] }],
    ['a handshake through a proxy', { routeId: 'http_connect:proxy.example:3128' }],
    ['a control with another server name', { sni: 'other.example' }],
  ])('%s proves nothing', (_, more) => {
    const parsed = listFromReport(
      report([query('198.51.100.2'), handshake('app.netdata.cloud', '198.51.100.2', more)]),
      'f',
      [],
    );
    expect(parsed.answers[0]?.proven).toBe(false);
    const built = buildAllowList({ ...parsed, now: NOW, accepted: LAB_RANGES, provenOnly: true });
    expect(built.hosts[0]?.addresses).toEqual([]);
    expect(built.rejected[0]?.reason).toMatch(/no valid certificate/);
  });

  test('pseudonyms never become rules', () => {
    const strict = report([], { redaction: { mode: 'strict', removed: {} } });
    expect(() => listFromReport(strict, 'f', [])).toThrow(/pseudonyms/);
  });

  test('whatever could not stand in a rule is left out, however well-formed the run', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('app.netdata.cloud', 'a b', '-x.example', '$(id).example'));
    const address = fc.oneof(fc.string(), fc.constantFrom('0.0.0.0', '198.51.100.2', '::', 'fe80::1%x'));
    fc.assert(
      fc.property(name, address, fc.integer(), fc.double(), (hostName, text, port, ttl) => {
        const targets = [{ host: hostName, port, purpose: 'claim', required: true }];
        const asked = [query(text, { name: hostName, answers: [{ ttl }] })];
        try {
          const parsed = listFromReport(report(asked, { targets }), 'f', ['install']);
          const built = buildAllowList({ ...parsed, now: NOW, accepted: LAB_RANGES, provenOnly: false });
          for (const row of checkAllowList(built, LAB_RANGES).hosts.flatMap((host) => host.addresses))
            expect(row.cidr).toBe('198.51.100.2/32');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
