/** Captures of the root lab's networks, judged: the script's text and the sentence that comes of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { captureDeps, NEVER_SEEN } from '../../../../src/cli/capture/deps.js';
import { parseCapture } from '../../../../src/cli/capture/format.js';
import { doctorOptions } from '../../../../src/cli/doctor/options.js';
import { runDoctor } from '../../../../src/cli/doctor/run-doctor.js';
import type { Report } from '../../../../src/model/report.js';
import { schemaFaults } from '../../../helpers/published-schema.js';

const FOLDER = new URL('../../../fixtures/captures/', import.meta.url);
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.txt$/, ''));

async function judge(text: string): Promise<Report> {
  const deps = captureDeps(parseCapture(text), [], new AbortController().signal, NEVER_SEEN);
  return (await runDoctor(doctorOptions({ agentVersion: '2.10.3', envFrom: 'self' }), deps)).report;
}

const text = (name: string): string => readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8');

/** What a reader of the report goes by. */
function summary({ verdict, findings, observations, exitCode }: Report): unknown {
  const found = findings.flatMap((finding) =>
    finding.outcome === 'found' && finding.severity !== 'notes'
      ? [`${finding.severity} ${finding.id} ${finding.confidence} ${finding.subject.legs.join(',')}`]
      : [],
  );
  const seen = new Map<string, number>();
  for (const { operation, failure } of observations) {
    const what = `${operation}${failure === null ? '' : ` ${failure.kind}`}`;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
  const legs = Object.entries(verdict.legs).map(([leg, { outcome }]) => `${leg} ${outcome}`);
  return {
    claim: verdict.claim.outcome,
    link: verdict.link.outcome,
    legs,
    found,
    exitCode,
    seen: Object.fromEntries(seen),
  };
}

describe('a capture', () => {
  it.each(NAMES)('of %s is judged', async (name) => {
    const report = await judge(text(name));
    expect(schemaFaults(report)).toBe('');
    await expect(`${JSON.stringify(summary(report), null, 1)}\n`).toMatchFileSnapshot(
      `../../../golden/captures/${name}.json`,
    );
  });

  it('whose host has no tools is not green', async () => {
    const bare = text('healthy-v4')
      .split('\n')
      .filter((line) => !line.startsWith('@ end'));
    const kept: string[] = [];
    let skip = false;
    for (const line of bare) {
      if (line.startsWith('@ ')) skip = /^@ (?:conn|tunnel|dns|resolve) /.test(line);
      if (!skip && line !== '') kept.push(line.replace(/^(@ tool (?:openssl|curl|getent)) yes$/, '$1 no'));
    }
    const report = await judge([...kept, `@ end ${String(kept.length)}`, ''].join('\n'));
    expect(report.verdict.claim.outcome).toBe('unknown');
    expect(report.verdict.link.outcome).toBe('unknown');
    expect(report.exitCode).toBe(3);
    expect(report.notChecked.join('\n')).toContain('no getent, no openssl, no curl');
  });
});
