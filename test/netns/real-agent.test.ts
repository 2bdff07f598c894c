/** Plays a real Agent in the lab's networks (README.md, "A real Agent"); without one there is nothing to play. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { GROUPS } from './cases/registry.js';
import type { LabCase } from './harness/case.js';
import { diagnose } from './harness/doctor.js';
import { Lab } from './harness/lab.js';
import { findAgent, playAgent } from './harness/real-agent.js';

const agent = await findAgent();
const wanted = new RegExp(process.env['NETDATA_EGRESS_CASES'] ?? '^version-');
const out = process.env['NETDATA_EGRESS_PLAYED'];

/** A network that the simulated cloud can stand in, for an Agent that is started by us. */
const isPlayable = (labCase: LabCase): boolean =>
  labCase.daemon === undefined &&
  labCase.meanwhile === undefined &&
  labCase.outside === undefined &&
  labCase.args === undefined &&
  labCase.broker === undefined &&
  (labCase.peer === undefined || certificateOf(labCase) !== null);

/** Where the peer only shows another certificate, a second simulated cloud can do so. */
function certificateOf({ peer = [] }: LabCase): string | null {
  const [rule, ...more] = peer;
  if (rule === undefined || more.length > 0 || rule.host !== undefined || rule.address !== undefined) return null;
  const { certificate, ...rest } = rule.behaviour;
  return certificate === undefined || certificate === 'mint' || Object.keys(rest).length > 0 ? null : certificate;
}

/** One case for each network: several versions share them. */
function networks(): LabCase[] {
  const all = Object.values(GROUPS)
    .flat()
    .filter((labCase: LabCase) => wanted.test(labCase.id) && isPlayable(labCase));
  const seen = new Set<string>();
  return all.filter(({ id }) => {
    const network = networkOf(id);
    if (seen.has(network)) return false;
    seen.add(network);
    return true;
  });
}

const networkOf = (id: string): string => id.replace(/-\d+\.\d+\.\d+(?:-\d+-nightly)?$/, '');

describe.runIf(agent !== null)('a real Agent', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
  });
  afterAll(async () => {
    await lab?.close();
  });
  test.each(networks().map((labCase): [string, LabCase] => [networkOf(labCase.id), labCase]))(
    '%s',
    async (network, labCase) => {
      if (agent === null) return;
      const certificate = certificateOf(labCase);
      await lab.prepare(labCase);
      if (certificate !== null) await lab.cloudWith(certificate);
      const { report, problem } = await diagnose(lab, { ...labCase, version: agent.version });
      expect(problem).toBeNull();
      if (report === null) return;
      const played = await playAgent(lab, labCase, agent);
      const { claim, link } = report.verdict;
      if (out !== undefined) {
        const directory = join(out, agent.version);
        await mkdir(directory, { recursive: true });
        const input = {
          facts: report.agent,
          routes: report.routes,
          targets: report.targets,
          observations: report.observations,
        };
        const record = {
          network,
          ...played,
          said: { claim: claim.outcome, link: link.outcome, cause: report.findings[0]?.id ?? null },
        };
        await writeFile(join(directory, `${network}.json`), `${JSON.stringify(record, null, 1)}\n`);
        await writeFile(join(directory, `${network}.input.json.gz`), gzipSync(JSON.stringify(input)));
        await writeFile(join(directory, `${network}.report.json`), JSON.stringify(report));
      }
      const fates = { ...(played.claim === null ? {} : { claim: played.claim.works }), link: played.link.works };
      const said = {
        ...(played.claim === null ? {} : { claim: foretold(claim.outcome, fates.claim) }),
        link: foretold(link.outcome, fates.link),
      };
      expect(said, JSON.stringify(played)).toEqual(fates);
    },
    300_000,
  );
});

/** What does not commit itself contradicts nothing. */
function foretold(outcome: string, fate: boolean | undefined): boolean | undefined {
  return outcome === 'will_work' ? true : outcome === 'will_fail' ? false : fate;
}
