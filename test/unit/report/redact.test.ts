import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { plainPaint } from '../../../src/report/paint.js';
import { redactReport } from '../../../src/report/redact.js';
import { formats } from '../../../src/report/registry.js';
import { KINDS, healthy, intercepted, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

const everything = { paint: plainPaint, width: 120, unicode: true, verbose: 2 };

/** Every text of every form. */
function allForms(report: Report): string {
  return Object.values(formats)
    .map((format) => format.render(report, everything))
    .join('\n');
}

/** Puts `plant` behind every foreign text of the report. */
function planted(report: Report, plant: string): Report {
  const fixedFields = new Set(
    'schema version operation kind outcome severity confidence blames who class control dialect helloVariant transport mode state source endedBy protocol type purpose leg legs usedBy resolveAt credentials errors claim env auth link action environmentSource missing startedAt notBefore notAfter receivedAt nextAttemptAt name peer'.split(
      ' ',
    ),
  );
  const visit = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return fixedFields.has(key) ? value : `${value} ${plant}`;
    if (Array.isArray(value)) return value.map((item) => visit(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item, name)]));
  };
  return visit(report, '') as Report;
}

const b64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A password as people choose them: at least 5 characters, some of them awkward. */
const password = fc
  .string({
    unit: fc.constantFrom(...Array.from('abcXYZ0189@:/%&<>"\'\\ ?#=+.-_~^|(),;é€$!*[]{}')),
    minLength: 5,
    maxLength: 20,
  })
  .filter((text) => text.trim() === text && !/^\d+$/.test(text) && /[a-zA-Zé€]{2}/.test(text));

/** Ways a value gets into a text. */
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (v) => v,
  'inside a word': (v) => `xx${v}yy`,
  'percent-encoded': (v) => encodeURIComponent(v),
  'percent-encoded throughout': (v) =>
    Array.from(Buffer.from(v), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  Basic: (v) => `Proxy-Authorization: Basic ${b64(`user:${v}`)}`,
  'base64 alone': (v) => b64(`someone:${v}`),
  base64url: (v) => Buffer.from(`u:${v}`).toString('base64url'),
  URL: (v) => `http://joe:${encodeURIComponent(v)}@proxy.example:3128/`,
  JSON: (v) => JSON.stringify({ v }),
  HTML: (v) => v.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  'bytes read as latin1': (v) => Buffer.from(v, 'utf8').toString('latin1'),
  hex: (v) => Buffer.from(v, 'utf8').toString('hex'),
};

describe('redactReport', () => {
  /** One step of each kind: what is planted stands in every field once. */
  const full = intercepted();
  const small: Report = {
    ...full,
    observations: full.observations.filter((o, i, all) => all.findIndex((p) => p.operation === o.operation) === i),
  };

  it('hides a planted secret wherever and however it stands, in every form', () => {
    fc.assert(
      fc.property(password, fc.constantFrom(...Object.entries(ENCODINGS)), (value, [, encode]) => {
        const secrets = [{ kind: 'proxy password', value }];
        const { report } = redactReport(planted(small, encode(value)), { mode: 'standard', secrets });
        const out = allForms(report);
        for (const form of [
          value,
          encodeURIComponent(value),
          b64(value).replace(/=+$/, ''),
          b64(`user:${value}`),
          Buffer.from(value).toString('hex'),
        ]) {
          // The forms escape too, so the same value is looked for as they would write it.
          if (form.length > 4) expect(out.includes(form), form).toBe(false);
        }
        expect(Object.values(report.redaction.removed).reduce((a, b) => a + b, 0)).toBeGreaterThan(20);
      }),
      { numRuns: 24 },
    );
  });

  it('hides ids whatever their case and dashes', () => {
    const guid = '4a5cc4d0-8e1b-11ee-9c43-0242ac120002';
    const report = planted(healthy(), `${guid.toUpperCase()} ${guid.replaceAll('-', '')}`);
    const out = allForms(
      redactReport(report, { mode: 'standard', secrets: [{ kind: 'machine GUID', value: guid }] }).report,
    );
    expect(out.toLowerCase()).not.toContain('8e1b');
    expect(out.toLowerCase()).not.toContain('0242ac120002');
  });

  it('recognises secrets by their place when nobody names them', () => {
    const texts = [
      'http://joe:s3cr3t-pw@proxy:3128',
      'socks5://joe:sla/s3cr3t-pw@proxy:1080',
      'joe:s3cr3t-pw@proxy:3128',
      'Proxy-Authorization: Basic am9lOnMzY3IzdC1wdw==',
      'offered Basic am9lOnMzY3IzdC1wdw== in its page',
      'Authorization: Bearer s3cr3t-pw-0123456789',
      'Set-Cookie: sid=s3cr3t-pw; Path=/',
      'token = s3cr3t-pw',
      '{"password":"s3cr3t-pw"}',
      'x-api-key: s3cr3t-pw',
      '-----BEGIN RSA PRIVATE KEY-----\ns3cr3t-pw\n-----END RSA PRIVATE KEY-----',
      'claimed_id: 4a5cc4d0-8e1b-11ee-9c43-0242ac120002',
      '/home/s3cr3t-pw/.ssh',
    ];
    for (const text of texts) {
      const out = redactReport({ ...healthy(), notChecked: [text] }, { mode: 'standard', secrets: [] });
      expect(out.report.notChecked[0]).not.toMatch(/s3cr3t|am9lOn|8e1b/);
      expect(out.report.notChecked[0]).toContain('[hidden: ');
    }
  });

  it('leaves the placeholder of a printed remedy alone, and nothing that only resembles it', () => {
    const text = 'proxy = http://USER:PASSWORD@proxy.example:3128';
    const report = { ...healthy(), notChecked: [text, text.toLowerCase(), text.replace('USER', 'USERS')] };
    const [kept, ...others] = redactReport(report, { mode: 'standard', secrets: [] }).report.notChecked;
    expect(kept).toBe(text);
    for (const other of others) expect(other).toContain('[hidden');
  });

  it('leaves prose, URLs, ports and challenges alone', () => {
    const texts = [
      'The proxy offers Basic authentication and Negotiate; 127.0.0.1:3128 refused.',
      'https://app.netdata.cloud:443/api/v1/env?mail=a@b.example',
      'Proxy-Authenticate: Basic realm="squid"',
      'GET /api/v1/auth/node/00000000-0000-0000-0000-000000000000/password',
    ];
    expect(
      redactReport({ ...healthy(), notChecked: texts }, { mode: 'standard', secrets: [] }).report.notChecked,
    ).toEqual(texts);
  });

  it('keeps the length of raw bytes, because a parser will read them again', () => {
    const report = proxy407();
    const secret = 'corp.example (squid';
    const { report: out } = redactReport(report, {
      mode: 'strict',
      secrets: [{ kind: 'proxy password', value: secret }],
    });
    for (const [i, o] of report.observations.entries()) {
      if (o.operation !== 'proxy_connect') continue;
      const redacted = out.observations[i];
      expect(redacted?.operation === 'proxy_connect' && redacted.rawReply.length).toBe(o.rawReply.length);
      expect(JSON.stringify(redacted)).not.toContain('squid/6.6');
    }
  });

  it('changes no closed word, number or date, even when a secret spells one', () => {
    const secrets = ['will_work', 'direct', '443', 'generic_timeout_error', 'link', '2026-08-30T12:00:03.417Z'].map(
      (value) => ({ kind: 'token', value }),
    );
    const { report } = redactReport(mqttDropped(), { mode: 'strict', secrets });
    expect(report.verdict.claim.outcome).toBe('will_work');
    expect(report.startedAt).toBe('2026-08-30T12:00:03.417Z');
    expect(report.observations.filter((o) => o.failure?.kind === 'generic_timeout_error')).toHaveLength(3);
    expect(report.agent.legs.link.routeId).toBe('direct');
  });

  it('counts what it removed, and says so in the text form', () => {
    const report: Report = { ...healthy(), notChecked: ['pw=hunter22', 'hunter22'] };
    const out = redactReport(report, {
      mode: 'standard',
      secrets: [{ kind: 'proxy password', value: 'hunter22' }],
    }).report;
    expect(out.redaction).toEqual({ mode: 'standard', removed: { 'proxy password': 2 } });
    expect(formats['text']?.render(out, everything)).toContain('Removed for sharing: 2 proxy passwords.');
  });

  it('takes no time to speak of for what a peer may send to slow it down', () => {
    const long = 60_000;
    const bodies = [
      'a',
      'a.',
      'A1',
      ':',
      '::1',
      '1.',
      'token',
      '%41',
      'a:',
      '@',
      'x-',
      'http://',
      'Basic ',
      '\\',
      '-----BEGIN PRIVATE KEY-----',
      'eyJa.',
      '/home/',
      "'",
      'claimed_id ',
    ].map((unit) => unit.repeat(long / unit.length));
    const report: Report = { ...healthy(), notChecked: bodies };
    const secrets = Array.from({ length: 12 }, (_, i) => ({ kind: 'proxy password', value: `a:a.${i}token%41` }));
    const started = performance.now();
    redactReport(report, { mode: 'strict', secrets });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('off changes nothing', () => {
    const report = proxy407();
    expect(redactReport(report, { mode: 'off', secrets: [{ kind: 'x', value: 'squid' }] }).report).toBe(report);
  });
});

describe('strict redaction', () => {
  const place = /corp\.example|web-17|10\.20\.|alice/;

  function at(host: string): Report {
    const report = proxy407();
    return {
      ...report,
      environment: { ...report.environment, hostname: host, user: 'alice' },
      notChecked: [`${host} and alice at 10.20.9.9, 2a02:8070::5 and /home/alice/x`],
    };
  }

  it('leaves no name or address of the place in any form', () => {
    const { report } = redactReport(at('web-17'), { mode: 'strict', secrets: [] });
    expect(allForms(report)).not.toMatch(place);
    expect(allForms(report)).not.toContain('2a02:8070');
    expect(allForms(report)).toContain('app.netdata.cloud');
  });

  it('gives the map that leads back, and keeps it out of the report', () => {
    const { report, map } = redactReport(at('web-17'), { mode: 'strict', secrets: [] });
    const standIn = map.hosts['proxy.corp.example'];
    expect(standIn).toMatch(/^host-\d+\.example$/);
    expect(JSON.stringify(report)).toContain(`http_connect:${standIn}:3128`);
    expect(map.users['alice']).toBe('user-1');
    expect(Object.values(map.addresses).every((a) => /^(192\.0\.2|198\.51\.100|203\.0\.113|2001:db8:)/.test(a))).toBe(
      true,
    );
  });

  it('keeps references inside the report intact', () => {
    const { report } = redactReport(at('web-17'), { mode: 'strict', secrets: [] });
    const routes = new Set(report.routes.map((route) => route.id));
    const targets = new Set(report.targets.map((target) => target.id));
    for (const o of report.observations) {
      expect(o.routeId === null || routes.has(o.routeId)).toBe(true);
      expect(o.targetId === null || targets.has(o.targetId)).toBe(true);
    }
  });

  it('gives equal things equal stand-ins in two runs, and across hosts with the map', () => {
    const first = redactReport(at('web-17'), { mode: 'strict', secrets: [] });
    const again = redactReport({ ...at('web-17'), durationMs: 99 }, { mode: 'strict', secrets: [] });
    expect({ ...again.report, durationMs: 61 }).toEqual(first.report);
    const other = redactReport(at('db-03'), { mode: 'strict', secrets: [], earlier: first.map });
    expect(other.report.routes).toEqual(first.report.routes);
    expect(other.report.environment.hostname).not.toBe(first.report.environment.hostname);
  });

  it('is stable: redacting twice changes nothing more', () => {
    for (const make of Object.values(KINDS)) {
      const once = redactReport(make(), { mode: 'strict', secrets: [] }).report;
      const twice = redactReport(once, { mode: 'strict', secrets: [] }).report;
      expect({ ...twice, redaction: null }).toEqual({ ...once, redaction: null });
    }
  });

  it('never turns two addresses into one', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(255), fc.nat(255)), {
          minLength: 2,
          maxLength: 900,
          selector: (t) => t.join('.'),
        }),
        (tails) => {
          const text = tails.map(([a, b]) => `10.7.${a}.${b}`).join(' ');
          const { report } = redactReport({ ...healthy(), notChecked: [text] }, { mode: 'strict', secrets: [] });
          expect(new Set(report.notChecked[0]?.split(' ')).size).toBe(tails.length);
          expect(report.notChecked[0]).not.toMatch(/\b10\.7\./);
        },
      ),
      { numRuns: 20 },
    );
  });

  describe('with the key of a fleet', () => {
    const key = 'a key that a whole fleet knows';
    const strict = (report: Report, of = key) => redactReport(report, { mode: 'strict', secrets: [], key: of });

    it('gives equal things equal stand-ins on hosts that share nothing but the key, whatever else they meet', () => {
      const [web, db] = [
        strict(at('web-17')),
        strict({ ...at('db-03'), notChecked: ['2a02:8070::9 10.20.9.8', 'then 10.20.9.9 and 2a02:8070::5'] }),
      ];
      expect(db.report.routes).toEqual(web.report.routes);
      expect(db.report.environment.user).toBe(web.report.environment.user);
      expect(db.report.environment.hostname).not.toBe(web.report.environment.hostname);
      for (const address of ['10.20.9.9', '2a02:8070::5'])
        expect(db.map.addresses[address]).toBe(web.map.addresses[address]);
      for (const { report } of [web, db]) {
        expect(allForms(report)).not.toMatch(place);
        expect(report.environment.hostname).toMatch(/^host-\d{1,15}\.example$/);
      }
    });

    it('gives other stand-ins under another key', () => {
      const [one, other] = [strict(at('web-17')), strict(at('web-17'), 'the key of another fleet')];
      for (const section of ['hosts', 'addresses', 'users'] as const) {
        const standIns = new Set(Object.values(one.map[section]));
        expect(Object.keys(other.map[section])).toEqual(Object.keys(one.map[section]));
        expect(Object.values(other.map[section]).filter((standIn) => standIns.has(standIn))).toEqual([]);
      }
    });

    it('takes addresses that nobody has: reserved ones of IPv4, documentation ones of IPv6', () => {
      for (const make of Object.values(KINDS)) {
        for (const standIn of Object.values(strict(make()).map.addresses))
          expect(standIn).toMatch(/^(?:2(?:4\d|5[0-4])(?:\.\d{1,3}){3}$|2001:db8:)/);
      }
    });

    it('is stable, and hides reserved addresses of a report that was never redacted', () => {
      for (const make of Object.values(KINDS)) {
        const once = strict(make()).report;
        expect({ ...strict(once).report, redaction: null }).toEqual({ ...once, redaction: null });
      }
      const { report } = strict({ ...healthy(), notChecked: ['via 240.1.2.3'] });
      expect(report.notChecked[0]).not.toContain('240.1.2.3');
    });

    it('never turns two addresses of one report into one', () => {
      const all = Array.from({ length: 20_000 }, (_, i) => `10.7.${Math.floor(i / 250)}.${i % 250}`);
      const { report } = strict({ ...healthy(), notChecked: [all.join(' ')] });
      expect(new Set(report.notChecked[0]?.split(' ')).size).toBe(all.length);
    });
  });
});

describe('labels', () => {
  const labelled = (): Report => ({ ...healthy(), labels: { site: 'ams1', rack: 'r7' } });

  it('stay as they are, unless the place is to be hidden: then equal ones have equal stand-ins', () => {
    expect(redactReport(labelled(), { mode: 'standard', secrets: [] }).report.labels).toEqual({
      site: 'ams1',
      rack: 'r7',
    });
    const strict = redactReport(labelled(), { mode: 'strict', secrets: [] });
    expect(JSON.stringify(strict.report)).not.toMatch(/ams1|"r7"/);
    expect(strict.report.redaction.removed['label']).toBe(2);
    const other = redactReport(
      { ...healthy(), labels: { site: 'ams1' } },
      { mode: 'strict', secrets: [], earlier: strict.map },
    );
    expect(other.report.labels?.['site']).toBe(strict.report.labels?.['site']);
    expect(redactReport(strict.report, { mode: 'strict', secrets: [] }).report.labels).toEqual(strict.report.labels);
  });
});
