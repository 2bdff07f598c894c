import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/cli/resolve/judge.js';
import { renderResolve } from '../../../../src/cli/resolve/text.js';
import type { AddressClass, AddressFacts } from '../../../../src/model/report.js';
import { plainPaint } from '../../../../src/report/paint.js';
import { columns } from '../../../../src/report/width.js';
import { scene } from '../../../helpers/observations.js';

const APP = 'app.netdata.cloud';
const API = 'api.netdata.cloud';
const facts = (host: string, kind: AddressClass, address = '203.0.113.7'): AddressFacts => ({
  host,
  address,
  class: kind,
  knownSince: kind === 'known' ? '2024-05-01' : null,
  knownSource: kind === 'known' ? 'the published list' : null,
});

describe('judging what names resolve to', () => {
  const replied = scene();
  replied.on({ host: APP }).dnsQuery({ name: APP });
  const silent = scene();
  silent.on({ host: APP }).dnsQuery({ name: APP, rcode: null });

  it.each<[string, AddressFacts[], number, RegExp]>([
    ['published and proven', [facts(APP, 'known'), facts(API, 'new_proven')], 0, /^Every name/],
    ['one published of two', [facts(APP, 'known'), facts(APP, 'unproven'), facts(API, 'known')], 0, /^Every name/],
    ['a sinkhole beside a published one', [facts(APP, 'known'), facts(API, 'known'), facts(API, 'sinkhole')], 1, /api/],
    ['unproven', [facts(APP, 'known'), facts(API, 'unproven')], 3, /No address of api\.netdata\.cloud is/],
    ['a cloud of their own', [facts(APP, 'private'), facts(API, 'private')], 0, /^Private addresses/],
    ['no address for one', [facts(APP, 'known')], 1, /No address is to be had for api/],
  ])('%s', (_, addresses, exitCode, text) => {
    const verdict = judge(replied.observations, [APP, API], addresses);
    expect(verdict.exitCode).toBe(exitCode);
    expect(verdict.text).toMatch(text);
  });

  it('decides nothing when no resolver answered', () => {
    expect(judge(silent.observations, [APP], []).exitCode).toBe(3);
  });
});

describe('showing what names resolve to', () => {
  const view = { paint: plainPaint, width: 80, unicode: true };
  const seen = scene();
  const on = seen.on({ host: APP });
  const os = on.resolveOk(['203.0.113.7']);
  const query = on.dnsQuery({
    name: APP,
    resolver: '10.0.0.53',
    resolverSource: '/etc/resolv.conf:1',
    transport: 'tcp',
    addresses: ['203.0.113.7'],
    answers: [{ name: APP, type: 'A', ttl: 60, data: '203.0.113.7' }],
    cnames: ['evil\u001b[31m.example'],
  });
  const hosts = [{ host: APP, os, resolvers: [query], addresses: [facts(APP, 'known')] }];
  const text = renderResolve(hosts, { exitCode: 0, text: 'Fine.' }, view);

  it('says what the Agent gets, who said so, and since when the address is published', () => {
    expect(text).toContain('the Agent gets  203.0.113.7');
    expect(text).toContain('10.0.0.53 (/etc/resolv.conf:1)');
    expect(text).toMatch(/TTL 60 s, via .*over TCP/s);
    expect(text).toContain('published since 2024-05-01 (the published list)');
  });
  it('keeps within the width, and names of peers off the terminal', () => {
    for (const line of text.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
  });
  it('never shows a failed question like an answer', () => {
    const failed = seen.on({ host: APP }).resolveFails('dns_nxdomain_error');
    const shown = renderResolve(
      [{ host: APP, os: failed, resolvers: [], addresses: [] }],
      { exitCode: 1, text: 'No.' },
      view,
    );
    expect(shown).toContain('nothing: the name does not exist (NXDOMAIN)');
    expect(shown).toContain('none configured');
  });
});
