import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.js';
import type { Report } from '../../../src/model/report.js';
import { letter } from '../../../src/report/letter.js';
import { columns } from '../../../src/report/width.js';
import {
  ADDRESS,
  certificate,
  healthy,
  HOST,
  htmlAnswer,
  inputOf,
  judgedBy,
  localFirewall,
  SILENT,
  walkLegs,
  world,
  type World,
} from './world.js';

function reportOf(run: World): Report {
  const { strict, ...input } = inputOf(run);
  return { ...input, ...diagnose({ ...input, strict }) };
}

const dropped = (): World =>
  walkLegs(world(), {
    link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, { ...SILENT, localAddress: '10.0.0.7' }) },
  });

describe('the letter', () => {
  it('says who needs what to where, what was seen, and the rule', () => {
    const page = letter(reportOf(dropped()));
    expect(page).toContain('To: the people who run the firewall');
    expect(page).toContain('mqtt.netdata.cloud port 443');
    expect(page).toContain('outbound only');
    expect(page).toContain('2026-01-01 00:00:00.000 UTC');
    expect(page).toContain('source: 10.0.0.7');
    expect(page.replace(/\s+/gu, ' ')).toContain(
      `SYN from 10.0.0.7 to ${ADDRESS.link} port 443/tcp: no answer in 5.0 s`,
    );
    expect(page).toContain('allow tcp from 10.0.0.7 to mqtt.netdata.cloud port 443');
    expect(page).toContain(`mqtt.netdata.cloud: ${ADDRESS.link}`);
  });

  it('tells a reset by its time', () => {
    const run = walkLegs(world(), {
      link: { steps: (steps) => void steps.connectRefused(ADDRESS.link, { t0Ms: 0, tMs: 0.42 }) },
    });
    expect(letter(reportOf(run)).replace(/\s+/gu, ' ')).toContain('RST after 0.4 ms');
  });

  it('names the issuer of an inspected certificate and asks for an exemption', () => {
    const run = walkLegs(world(), {
      all: { tls: { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=FortiGate CA, O=Fortinet' })] } },
    });
    const page = letter(reportOf(run)).replace(/\s+/gu, ' ');
    expect(page).toContain('certificate issued by CN=FortiGate CA, O=Fortinet');
    expect(page).toContain('from TLS inspection');
  });

  it('quotes the page of a filter', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpAnswer(way, htmlAnswer('403 Forbidden', 'Blocked by policy')) },
    });
    expect(letter(reportOf(run)).replace(/\s+/gu, ' ')).toContain('page titled "Blocked by policy"');
  });

  it('says so when nothing is wrong, and what must stay open', () => {
    const page = letter(reportOf(healthy()));
    expect(page).toContain('What has to stay open');
    expect(page).not.toContain('does not work');
  });

  it('does not send the firewall team after a rule of this host', () => {
    const run = dropped();
    localFirewall(run, [{ where: 'iptables OUTPUT 3', text: '-j DROP', action: 'drop', matches: true, owner: null }]);
    const page = letter(reportOf(run));
    expect(page).toContain('To: the administrators of this host');
    expect(page).toContain('not yours to solve');
  });

  it('is one page of at most 78 columns without anything that could move a cursor', () => {
    const run = walkLegs(world(), {
      env: {
        answer: (steps, way) =>
          void steps.httpAnswer(way, htmlAnswer('403 Forbidden', '\u001b[2J\u202eevil'.repeat(20))),
      },
    });
    const page = letter(reportOf(run));
    const lines = page.split('\n');
    expect(lines.length).toBeLessThan(75);
    for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(78);
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/u);
    expect(page).toContain(HOST.env);
  });
});
