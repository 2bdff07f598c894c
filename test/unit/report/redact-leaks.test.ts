/**
 * Ways out that somebody tried on purpose: spellings that peers really use, places where nobody told us of a secret,
 * and names and addresses of the place that no setting holds. Each line leaked once.
 */
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.js';
import type { Report } from '../../../src/model/report.js';
import { redactReport } from '../../../src/report/redact.js';
import type { SecretValue } from '../../../src/report/redact/secret-values.js';
import { healthy, proxy407 } from '../../helpers/sample-kinds.js';

const b64 = (text: string, encoding: BufferEncoding = 'utf8'): string => Buffer.from(text, encoding).toString('base64');
const hex2 = (text: string): string => Buffer.from(text).toString('hex');

/** The text as a peer's page and as a text of ours, redacted. */
function redacted(text: string, secrets: readonly SecretValue[], mode: 'standard' | 'strict' = 'standard'): string {
  const base = proxy407();
  const observations = base.observations.map((o): Observation =>
    o.operation === 'proxy_connect' ? { ...o, bodyExcerpt: text, rawReply: text, headers: [['X-Says', text]] } : o,
  );
  const { report } = redactReport({ ...base, observations, notChecked: [text] }, { mode, secrets });
  const seen = report.observations.flatMap((o) =>
    o.operation === 'proxy_connect' ? [o.bodyExcerpt, o.rawReply, ...o.headers.map(([, value]) => value)] : [],
  );
  return [...report.notChecked, ...new Set(seen)].join('\n');
}

const PASSWORD = "Tr0ub&dor'<3>";
const LOGIN = `mSmith:${PASSWORD}`;
const KNOWN: readonly SecretValue[] = [
  { kind: 'proxy_user', value: 'mSmith' },
  { kind: 'proxy_password', value: PASSWORD },
  { kind: 'proxy_login', value: LOGIN },
  { kind: 'claimed_id', value: '5c6f0c9e-1d2b-4c3a-8f7e-6a5b4c3d2e1f' },
  { kind: 'machine_guid', value: 'b0c1d2e3-4f5a-11ee-9c43-0242ac12ab02' },
];

const each = (spell: (char: string) => string): string => Array.from(PASSWORD, spell).join('');

describe('a known secret', () => {
  const json = PASSWORD.replace(/[&'<>]/g, (c) => `\\u00${hex2(c)}`);
  it.each([
    ['escaped as Go and PHP write JSON', `{"p":"${json}"}`, /Tr0ub/],
    ['escaped as JavaScript', PASSWORD.replace(/[&'<>]/g, (c) => `\\x${hex2(c)}`), /Tr0ub/],
    ['as numeric entities throughout', Array.from(PASSWORD, (c) => `&#${c.charCodeAt(0)};`).join(''), /&#84;&#114;/],
    ['as hexadecimal entities with zeros', Array.from(PASSWORD, (c) => `&#x00${hex2(c)};`).join(''), /&#x0054;/],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(PASSWORD)), /Tr0ub/],
    ['in base64 broken over lines', `${b64(LOGIN).slice(0, 11)}\r\n${b64(LOGIN).slice(11)}`, /bVNtaXRo|HJ1|VHIw/],
    ['in base64, percent-encoded', `auth=${encodeURIComponent(b64(`??>${LOGIN}`))}`, /bVNtaXRo/],
    ['in base64 twice', b64(b64(LOGIN)), /YlZOdGFY/],
    ['in UTF-16, in base64, as NTLM has it', b64(LOGIN, 'utf16le'), /bQBTAG0A/],
    ['a user name in capitals', 'Access denied for CORP\\MSMITH (msmith@corp)', /msmith/i],
    ['an id in capitals without dashes', '/api/5C6F0C9E1D2B4C3A8F7E6A5B4C3D2E1F/x', /5c6f/i],
    ['an id in braces', '{B0C1D2E3-4F5A-11EE-9C43-0242AC12AB02}', /b0c1/i],
    ['an id with encoded dashes', '5c6f0c9e%2D1d2b%2D4c3a%2D8f7e%2D6a5b4c3d2e1f', /5c6f|1d2b/i],
    [
      'an id percent-encoded throughout',
      Array.from('b0c1d2e3-4f5a-11ee-9c43-0242ac12ab02', (c) => `%${hex2(c)}`).join(''),
      /%62%30%63/,
    ],
    ['an id in a path', 'GET /api/v1/auth/node/b0c1d2e3-4f5a-11ee-9c43-0242ac12ab02/challenge', /b0c1/i],
    ['as numbers of IIS', each((c) => `%u00${hex2(c)}`), /%u0054/],
    ['as entities without an end', each((c) => `&#${c.charCodeAt(0)}`), /&#84/],
    ['as escapes of style sheets', each((c) => `\\${hex2(c)} `), /\\54/],
    ['as code points', each((c) => `U+00${hex2(c)} `), /U\+0054/],
    ['in UTF-32, in base 16', each((c) => `000000${hex2(c)}`), /00000054/],
    ['in base 2', each((c) => `${c.charCodeAt(0).toString(2).padStart(8, '0')} `), /01010100/],
    ['as numbers with dots', Array.from(PASSWORD, (c) => c.charCodeAt(0)).join('.'), /84\.114/],
    ['as octal numbers of Python', each((c) => `0o${c.charCodeAt(0).toString(8)} `), /0o124/],
    ['as a list of characters', JSON.stringify(Array.from(PASSWORD)), /"T","r"/],
    ['in brackets, one by one', each((c) => `[${c}]`), /\[T\]/],
    ['marked up, one by one', each((c) => `<span class="c">${c}</span>`), />T</],
    ['with tabs in between', Array.from(PASSWORD).join('\t\t\t'), /T\t+r/],
    ['with joiners in between', Array.from(PASSWORD).join('\u200d'), /T\u200dr/],
    ['in wide letters', each((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)), /\uff34/],
    ['quoted for a shell', PASSWORD.replaceAll("'", "'\\''"), /Tr0ub/],
    ['quoted for SQL', PASSWORD.replaceAll("'", "''"), /Tr0ub/],
    ['with an entity without an end', PASSWORD.replaceAll("'", '&#39'), /Tr0ub/],
    ['in base64, in base 16', hex2(b64(LOGIN)), /62564e74/],
    ['in base64, spread out', Array.from(b64(LOGIN)).join(' '), /b V N t/],
    ['in base64, backwards', Array.from(b64(LOGIN)).toReversed().join(''), /XatNVb/],
    ['backwards, in base64', b64(Array.from(LOGIN).toReversed().join('')), /PjM8J3/],
    ['in base 16, in base64', b64(hex2(PASSWORD)), /NTQ3MjMw/],
    [
      'in a dump, over two lines of it',
      `0000  00 00 ${each((c) => `${hex2(c)} `).slice(0, 18)} |..Tr0ub&|\n00000010  ${each((c) => `${hex2(c)} `).slice(18)}`,
      /54 72 30|Tr0ub/,
    ],
    ['an id in base64', b64('id=5c6f0c9e-1d2b-4c3a-8f7e-6a5b4c3d2e1f'), /NWM2ZjBj/],
  ])('is hidden %s', (_, text, leak) => {
    const out = redacted(`${'Sorry. '.repeat(12)}${text} is what was sent to us, and it was not welcome.`, KNOWN);
    expect(out).not.toMatch(leak);
    expect(out).toContain('and it was not welcome.');
    expect(out).toMatch(/\[hidden|\*\*/);
  });
});

describe('a secret that nobody told us of', () => {
  const token = 'abCD3-_x'.repeat(17).slice(0, 135);
  it.each([
    ['a claim token by its shape', `the line "${token}" is not understood`, /abCD3/],
    ['a claim token without an equals sign', `token "${token.slice(0, 60)}"`, /abCD3/],
    ['Basic in small letters', 'sent: basic bVNtaXRoOlRyMHVi', /bVNtaX/],
    [
      'who the proxy says we are, in a header',
      'HTTP/1.1 403 No\r\nX-Authenticated-User: CORP\\jane.doe\r\nServer: x',
      /jane/,
    ],
    ['an URL with a login inside a page', "<a href='ftp://jane:pw-77@files/'>", /jane|pw-77/],
  ])('%s', (_, text, leak) => {
    expect(redacted(text, [])).not.toMatch(leak);
  });

  it('who the proxy says we are, on a page: in its bytes, where the length stays', () => {
    const base = proxy407();
    const page = '<td>Username:</td><td>JANEDOE</td><td>Client IP:</td>';
    const observations = base.observations.map((o): Observation =>
      o.operation === 'proxy_connect' ? { ...o, bodyExcerpt: page } : o,
    );
    const { report } = redactReport({ ...base, observations }, { mode: 'standard', secrets: [] });
    const shown = report.observations.flatMap((o) => (o.operation === 'proxy_connect' ? [o.bodyExcerpt] : []));
    expect(new Set(shown)).toEqual(new Set(['<td>Username:</td><td>*******</td><td>Client IP:</td>']));
  });

  it('a header that names the user', () => {
    const base = proxy407();
    const observations = base.observations.map((o): Observation =>
      o.operation === 'proxy_connect'
        ? {
            ...o,
            headers: [
              ['X-Client-Username', 'CORP\\jane.doe'],
              ['User-Agent', 'curl'],
            ],
          }
        : o,
    );
    const { report } = redactReport({ ...base, observations }, { mode: 'standard', secrets: [] });
    expect(JSON.stringify(report)).not.toContain('jane');
    expect(JSON.stringify(report)).toContain('["User-Agent","curl"]');
  });

  const ruled = (text: string, owner: string): string => {
    const base = healthy();
    const rules: Observation = {
      id: 'read_local_firewall-1',
      transactionId: 'host',
      targetId: null,
      leg: null,
      routeId: null,
      role: { kind: 'path' },
      address: null,
      t0Ms: 0,
      tMs: 1,
      failure: null,
      operation: 'read_local_firewall',
      manager: 'nft',
      rules: [
        {
          where: 'inet filter output',
          text,
          action: 'drop',
          matches: null,
          owner,
        },
      ],
    };
    const { report } = redactReport(
      { ...base, observations: [...base.observations, rules] },
      { mode: 'standard', secrets: [] },
    );
    const kept = report.observations.find(({ id }) => id === rules.id);
    if (kept?.operation !== 'read_local_firewall') throw new Error('the rules are gone');
    return kept.rules.map((rule) => `${rule.text} | ${String(rule.owner)}`).join();
  };

  it.each([
    ['meta skuid "janedoe" drop', 'janedoe'],
    ['meta skuid "janedoe" drop', 'uid janedoe'],
    ['meta skuid != "janedoe" drop', 'not uid janedoe'],
    ['meta skuid { "janedoe", 1000-1005, "max-doe" } drop', 'uid {janedoe, 1000-1005, max-doe}'],
    ['meta skgid "janedoe" drop', 'gid janedoe'],
  ])('owners of firewall rules: %s', (text, owner) => {
    const kept = ruled(text, owner);
    expect(kept).not.toMatch(/doe/);
    expect(kept).toMatch(/user-1/);
    expect(kept).toMatch(/^meta sk[ug]id/);
  });

  it.each([
    ['meta cgroup 5 drop', 'cgroup 5'],
    ['meta skuid 201 drop', 'uid 201'],
    ['meta skuid != 0 drop', 'not uid 0'],
    ['meta skuid 1000-1005 drop', 'uid 1000-1005'],
    ['meta skgid { 0, 201 } drop', 'gid {0, 201}'],
    ['socket cgroupv2 level 2 "system.slice/foo.service" drop', 'cgroup system.slice/foo.service'],
    ['meta skuid @agents drop', 'uid @agents'],
    ['meta skuid "netdata" drop', 'uid netdata'],
    ['meta skuid & 1 == 1 drop', 'uid {"prefix":{"addr":1,"len":2}}'],
  ])('no owner of firewall rules is a name in %s', (text, owner) =>
    expect(ruled(text, owner)).toBe(`${text} | ${owner}`),
  );
});

describe('strict redaction of what no setting holds', () => {
  const leaks = (text: string, leak: RegExp): void => expect(redacted(text, [], 'strict')).not.toMatch(leak);

  it.each([
    ['the proxy in Via', 'HTTP/1.1 403 No\r\nVia: 1.1 px-9.acme-bank.com (squid/5.7)\r\n\r\n'],
    ['the proxy in X-Cache', 'X-Cache: MISS from px-9.acme-bank.com:3128'],
    ['the foot of a page', 'Generated Sun by px-9.acme-bank.com (squid/5.7)'],
    ['a link', '<a href="https://portal.acme-bank.example-tld/login?x=1">'],
    ['an address to write to', 'mailto:noc.team@acme-bank.com'],
    ['a name of an unusual kind behind ://', 'Location: http://wifi.acme-bank.guests/'],
  ])('%s', (_, text) => leaks(text, /acme|noc\.team/));

  it('names in certificates', () => {
    const base = healthy();
    const observations = base.observations.map((o): Observation =>
      o.operation === 'tls_handshake'
        ? {
            ...o,
            chain: o.chain.map((c) => ({
              ...c,
              issuer: 'O=ACME, CN=fw-3.acme-bank.com',
              subjectAltName:
                'DNS:app.netdata.cloud, DNS:*.dmz.acme-bank.net, URI:http://crl.acme-bank.org/x, email:jane@acme-bank.eu, IP Address:10.77.1.9, IP Address:FD00:0:0:0:0:0:0:77',
            })),
          }
        : o,
    );
    const out = JSON.stringify(redactReport({ ...base, observations }, { mode: 'strict', secrets: [] }).report);
    expect(out).not.toMatch(/acme-bank|jane|10\.77\.1\.9|FD00:0/);
    expect(out).toContain('DNS:app.netdata.cloud');
  });

  it('names of resolvers, and where an alias leads', () => {
    const base = healthy();
    const observations = base.observations.map((o): Observation =>
      o.operation === 'dns_query' ? { ...o, cnames: ['lb.acme-bank.com'] } : o,
    );
    const out = redactReport(
      { ...base, observations, notChecked: ['ns1.acme-bank.com was not asked'] },
      { mode: 'strict', secrets: [] },
    );
    if (observations.some((o) => o.operation === 'dns_query'))
      expect(JSON.stringify(out.report)).not.toContain('acme-bank');
  });

  it.each([
    ['in capitals', 'FD12:3456::AB'],
    ['written out', 'fd12:3456:0000:0000:0000:0000:0000:00ab'],
    ['with a zone', 'fe80::12:34ab%eth0'],
    ['in brackets', 'http://[fd12:3456::ab]:3128/'],
    ['behind a word and a colon', 'IP Address:FD12:3456:0:0:0:0:0:AB'],
    ['behind a family', 'inet6:fd12:3456::ab'],
    ['percent-encoded', 'ip=fd12%3A3456%3A%3Aab&x'],
    ['an IPv4 address inside', '::ffff:10.34.56.78'],
    ['the same as hexadecimal', '::ffff:0a22:384e'],
    ['of a translator', '64:ff9b::10.34.56.78'],
    ['as the name of a reverse look-up', '78.56.34.10.in-addr.arpa'],
    ['as the name of a reverse look-up, IPv6', `b.a.0.0.${'0.'.repeat(20)}6.5.4.3.2.1.d.f.ip6.arpa`],
    ['with its length', '10.34.56.0/24'],
    ['at the end of a sentence', 'It is 10.34.56.78.'],
    ['with a port', 'from 10.34.56.78:51234'],
    ['a hardware address', 'Client MAC 02:34:56:ab:cd:ef'],
  ])('addresses %s', (_, text) => leaks(text, /34[:.]?56|12:34ab|0a22:384e|b\.a\.0|78\.56\.34/i));

  it('gives all spellings of one address one stand-in', () => {
    const out = redacted('fd12:3456::ab FD12:3456:0:0:0:0:0:AB fd12%3A3456%3A%3Aab', [], 'strict').split('\n')[0] ?? '';
    const [a, b, c] = out.split(' ');
    expect([b?.toLowerCase(), c]).toEqual([a, encodeURIComponent(a ?? '')]);
  });

  it('keeps the maker of a filter, and hides whose filter it is', () => {
    const text = 'CN=Zscaler Intermediate Root CA (zscaler.net), see https://acme-bank.goskope.com/ by goskope.com';
    expect(redacted(text, [], 'strict').split('\n')[0]).toMatch(
      /^CN=Zscaler Intermediate Root CA \(zscaler\.net\), see https:\/\/host-\d+\.example\/ by goskope\.com$/,
    );
  });

  it("keeps what is the cloud's or everybody's", () => {
    const text =
      'https://app.netdata.cloud/ via 54.198.178.11, 8.8.8.8, ::1, 127.0.0.1; squid.conf, claim.conf, TLSv1.3, HTTP/1.1, 12:30:45, 2.10.3';
    const { report } = redactReport({ ...healthy(), notChecked: [text] }, { mode: 'strict', secrets: [] });
    expect(report.notChecked).toEqual([text]);
  });

  it('keeps the published addresses of the cloud, also when no name resolves', () => {
    const base: Report = healthy();
    const control = base.observations.flatMap((o): Observation[] =>
      o.operation === 'connect'
        ? [{ ...o, role: { kind: 'control', control: 'known_address' }, address: '198.41.0.7' }]
        : [],
    );
    const report = { ...base, addresses: [], observations: control.slice(0, 1) };
    const out = redactReport(report, { mode: 'strict', secrets: [] }).report;
    expect(out.observations[0]?.address).toBe('198.41.0.7');
  });
});
