/**
 * What real Agents did in networks of the root lab (test/netns/real-agent.test.ts), against what is foretold from what
 * the doctor saw in the same network.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { predict, type PredictInput } from '../../../../src/agent/predict.js';
import type { Prediction } from '../../../../src/model/prediction.js';

interface Fate {
  readonly works: boolean;
  readonly status?: string | null;
  readonly reason?: string | null;
}

interface Fixture {
  readonly version: string;
  readonly networks: readonly {
    readonly network: string;
    /** Null = left open by the case. */
    readonly claim: Fate | null;
    readonly link: Fate;
    /** Gzip, base64: facts, routes, targets and observations of the doctor's run. */
    readonly input: string;
  }[];
}

const folder = fileURLToPath(new URL('../../../fixtures/real-agents', import.meta.url));
const fixtures = readdirSync(folder).map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Fixture);

const works = ({ outcome }: Prediction): boolean => outcome === 'will_work';
const fails = ({ outcome }: Prediction): boolean => outcome === 'will_fail';

describe.each(fixtures.map((fixture) => [fixture.version, fixture] as const))('Agent %s', (_, { networks }) => {
  it.each(networks.map((one) => [one.network, one] as const))('%s', (_name, { claim, link, input }) => {
    const text = gunzipSync(Buffer.from(input, 'base64')).toString();
    const [first, ...legs] = predict(JSON.parse(text) as PredictInput);
    if (claim !== null && first !== undefined) expect(first.outcome).toBe(claim.works ? 'will_work' : 'will_fail');
    expect(legs).toHaveLength(3);
    expect(link.works ? legs.every(works) : legs.some(fails)).toBe(true);
    const stopped = legs.find(fails);
    // A status of its own is given by the HTTPS steps only; the Agent shows it while it is claimed and down.
    if (stopped !== undefined && stopped.leg !== 'link' && link.reason !== '' && link.reason !== 'none') {
      // Where no text is foretold, the Agent hangs or has ended its link: it shows none of its own.
      expect(stopped.agentWouldSay.status ?? 'offline').toBe(link.reason);
    }
  });
});
