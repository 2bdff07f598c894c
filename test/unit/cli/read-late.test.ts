/** This host's files, not all read in time: whose fault it was. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { captureDeps, NEVER_SEEN } from '../../../src/cli/capture/deps.js';
import { parseCapture } from '../../../src/cli/capture/format.js';
import { doctorOptions } from '../../../src/cli/doctor/options.js';
import { runDoctor } from '../../../src/cli/doctor/run-doctor.js';
import type { Report } from '../../../src/model/report.js';

const CAPTURE = readFileSync(new URL('../../fixtures/captures/healthy-v4.txt', import.meta.url), 'utf8');

/** @param waitedMs that this process waited for the CPU while the files did not come */
async function late(waitedMs: number): Promise<Report> {
  const options = doctorOptions({ agentVersion: '2.10.3', envFrom: 'self', timeout: 15_000 });
  const deps = captureDeps(parseCapture(CAPTURE), [], new AbortController().signal, NEVER_SEEN);
  const never = new Promise<never>(() => undefined);
  const reader = { ...deps.reader, readFile: () => never };
  const startedAtMs = performance.now() - options.runMs + 100;
  return (await runDoctor(options, { ...deps, reader, startedAtMs, waitedForCpuMs: () => waitedMs })).report;
}

const blamed = ({ findings }: Report): readonly string[] =>
  findings.flatMap((finding) => (finding.outcome === 'found' && finding.severity !== 'notes' ? [finding.id] : []));

it('is a machine that is too busy, where we waited for the CPU', async () => {
  const report = await late(1000);
  expect(report.verdict.claim).toMatchObject({ outcome: 'unknown', cause: 'host.too_busy' });
  expect(report.verdict.link).toMatchObject({ outcome: 'unknown', cause: 'host.too_busy' });
  expect(blamed(report)).toEqual(['host.too_busy']);
});

it('is a file system that does not answer, where we did not', async () => {
  const report = await late(999);
  expect(report.verdict.claim).toMatchObject({ outcome: 'unknown', cause: null });
  expect(report.verdict.claim.note).toBe("This host's settings could not all be read in time.");
  expect(blamed(report)).toEqual([]);
});
