/**
 * Rulesets as the programs printed them, and the reader's verdicts on six connections and a question each. They are those
 * of seed 7 of test/netns/firewall/read-oracle.test.ts, which asks the kernel: a verdict that changes here needs its word.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Flow, Hit } from '../../../src/firewall/read/flow.js';
import type { Source } from '../../../src/firewall/read/read-ruleset.js';
import { PORTS, UID, WORLDS } from '../../netns/firewall/random-rulesets.js';
import { verdictOn } from './ruleset.js';

interface Printed {
  readonly index: number;
  readonly family: 4 | 6;
  readonly printed: Readonly<Partial<Record<Source, unknown>>>;
}

const RULESETS = JSON.parse(
  readFileSync(new URL('../../fixtures/rulesets/printed.json', import.meta.url), 'utf8'),
) as readonly Printed[];

const named = ({ where, action, inbound, later, owner }: Hit): string =>
  [where, action, inbound && 'inbound', later && 'later', owner !== null && `of ${owner}`].filter(Boolean).join(', ');

function told({ index, family, printed }: Printed): string {
  const world = WORLDS.find((one) => one.family === family);
  if (world === undefined) throw new Error(`no world for ${String(family)}`);
  const sources = Object.fromEntries(
    Object.entries(printed).map(([source, text]) => [source, typeof text === 'string' ? text : JSON.stringify(text)]),
  );
  const sender = { uid: UID, gid: UID, route: { device: 'va', source: world.own, type: 'unicast' } };
  const flows: readonly Flow[] = [
    ...world.addresses.flatMap((address) => PORTS.map((port): Flow => ({ protocol: 'tcp', address, port, ...sender }))),
    { protocol: 'udp', address: world.resolver, port: 53, ...sender },
  ];
  const lines = flows.map((flow) => {
    const verdict = verdictOn(sources, flow);
    const hits = [
      ...('rule' in verdict ? [`by ${named(verdict.rule)}`] : []),
      ...('perhaps' in verdict ? verdict.perhaps.map((hit) => `perhaps ${named(hit)}`) : []),
    ];
    return `  ${flow.protocol} ${flow.address} ${String(flow.port)}: ${[verdict.kind, ...hits].join('; ')}`;
  });
  return [`ruleset ${String(index)}`, ...lines].join('\n');
}

it('what the reader says of printed rulesets', async () => {
  await expect(`${RULESETS.map(told).join('\n')}\n`).toMatchFileSnapshot('../../golden/rulesets/verdicts.txt');
});
