/** Names that are also words of ours: the secret goes, the report stays readable. */
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { redactReport } from '../../../src/report/redact.js';
import { isOrdinary } from '../../../src/report/redact/ordinary.js';
import { KINDS, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

const NAMES = [
  'agent',
  'netdata',
  'link',
  'app',
  'proxy',
  'claim',
  'tcp',
  'squid',
  'direct',
  'resolve',
  'host',
  'cloud',
];

describe('a proxy user that is called like a word of ours', () => {
  const without = ['mqtt-dropped', 'proxy-407', 'intercepted', 'interrupted']
    .map((kind) => KINDS[kind]!())
    .map((report) => [report, JSON.stringify(redactReport(report, { mode: 'standard', secrets: [] }).report)] as const);

  for (const value of NAMES) {
    it(`"${value}" takes nothing away from a report`, () => {
      const secrets = [
        { kind: 'proxy_user', value },
        { kind: 'proxy_password', value: 'Tr0ub4dor' },
        { kind: 'proxy_login', value: `${value}:Tr0ub4dor` },
      ];
      for (const [report, untouched] of without) {
        expect(JSON.stringify(redactReport(report, { mode: 'standard', secrets }).report)).toBe(untouched);
      }
    });

    it(`"${value}" is hidden where a user can stand`, () => {
      const texts = [
        `http://${value}:Tr0ub4dor@proxy.corp.example:3128`,
        `http://${value}@proxy.corp.example:3128`,
        `${value}:Tr0ub4dor`,
        `username=${value}&realm=x`,
        `user: "${value}"`,
        `Proxy-Authorization: Basic ${Buffer.from(`${value}:Tr0ub4dor`).toString('base64')}`,
        Buffer.from(`${value}:Tr0ub4dor`).toString('base64'),
      ];
      const base = proxy407();
      const page = `<p>Access denied for user ${value}.</p>`;
      const report: Report = {
        ...base,
        notChecked: texts,
        observations: base.observations.map((o) => (o.operation === 'proxy_connect' ? { ...o, bodyExcerpt: page } : o)),
      };
      const secrets = [
        { kind: 'proxy_user', value },
        { kind: 'proxy_password', value: 'Tr0ub4dor' },
        { kind: 'proxy_login', value: `${value}:Tr0ub4dor` },
      ];
      const { report: out } = redactReport(report, { mode: 'standard', secrets });
      for (const text of out.notChecked) {
        expect(text.replace('proxy.corp', '')).not.toMatch(
          new RegExp(`Tr0ub4dor|VHIwdWI0ZG9y|(?<!\\[hidden: )\\b${value}\\b(?! user\\])`),
        );
      }
      const pages = out.observations.flatMap((o) => (o.operation === 'proxy_connect' ? [o.bodyExcerpt] : []));
      expect(pages).not.toEqual([]);
      for (const shown of pages) expect(shown).toMatch(/^<p>Access denied for user (?:\[hidden[^<]*|\*+)\.<\/p>$/);
      expect(out.findings).toEqual(base.findings);
      expect(out.verdict).toEqual(base.verdict);
    });
  }

  it('hides any other name wherever it stands as a word', () => {
    const base = mqttDropped();
    const text = 'quoted: jdoe-7 may not pass; jdoe-7@proxy; CORP\\jdoe-7';
    const secrets = [{ kind: 'proxy_user', value: 'jdoe-7' }];
    const { report } = redactReport({ ...base, notChecked: [text] }, { mode: 'standard', secrets });
    expect(report.notChecked[0]).not.toContain('jdoe');
    expect(report.redaction.removed['proxy_user']).toBe(3);
    expect(isOrdinary('jdoe-7')).toBe(false);
  });
});

describe('hosts and accounts that are called like a word of ours', () => {
  it('are hidden by strict redaction where a name stands, and nowhere else', () => {
    const base = proxy407();
    const renamed = JSON.parse(
      JSON.stringify(base).replaceAll('proxy.corp.example', 'proxy').replaceAll('web-17', 'agent'),
    ) as Report;
    const report: Report = { ...renamed, environment: { ...renamed.environment, user: 'monitoring' } };
    const { report: out, map } = redactReport(report, { mode: 'strict', secrets: [] });
    expect(map.hosts).toMatchObject({ agent: 'host-1.example', proxy: 'host-2.example' });
    expect(out.environment).toMatchObject({ hostname: 'host-1.example', user: 'user-1' });
    expect(out.routes[0]?.id).toBe('http_connect:host-2.example:3128');
    expect(out.verdict.link.note).toBe('the proxy demands authentication');
    expect(out.findings.map((f) => f.id)).toEqual(base.findings.map((f) => f.id));
    expect(out.findings[0]).toMatchObject({
      title: 'The proxy host-2.example:3128 offers only authentication that the Agent cannot do',
    });
  });
});
