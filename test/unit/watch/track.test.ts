/** From reports to facts, from facts to changes and warnings. */
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { LEGS } from '../../../src/model/route.js';
import type { Change } from '../../../src/watch/change.js';
import { organizationOf } from '../../../src/report/outside.js';
import { factsOf, type RoundFacts } from '../../../src/watch/facts.js';
import { EXPIRES_WITHIN_MS, GONE_AFTER_MS, NOTHING, track, type Memory } from '../../../src/watch/track.js';
import { changeText } from '../../../src/watch/words.js';
import { healthy, intercepted, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-03-30T12:00:00Z');
const at = (nowMs: number, held: ((host: string, address: string) => boolean) | null = null) => ({ nowMs, held });
const good = factsOf(healthy());

function first(facts: RoundFacts, nowMs = NOW): Memory {
  return track(NOTHING, facts, at(nowMs)).memory;
}

function after(facts: RoundFacts, more: Partial<RoundFacts>, nowMs = NOW + 300_000): readonly Change[] {
  return track(first(facts), { ...facts, ...more }, at(nowMs)).changes;
}

describe('facts of a round', () => {
  it('are those of the report', () => {
    const seen = factsOf(mqttDropped());
    expect(seen).toMatchObject({ link: 'will_fail', cause: mqttDropped().verdict.link.cause });
    expect(good).toMatchObject({ claim: 'will_work', link: 'will_work', cause: null, retryAfterMs: null });
    expect(Object.keys(good.addresses).length).toBeGreaterThan(0);
    expect(good.steps.link.tls).toBeGreaterThan(0);
    expect(good.connections).toBe(healthy().observations.filter(({ operation }) => operation === 'connect').length);
    expect(seen.signature).not.toBe(good.signature);
  });

  it('hold no credentials of a proxy, only its name', () => {
    const seen = factsOf(proxy407());
    expect(new Set(LEGS.map((leg) => seen.routes[leg]))).toContain('http_connect:proxy.corp.example:3128');
  });

  const answering = (status: number, headers: readonly (readonly [string, string])[]): Report => ({
    ...healthy(),
    observations: healthy().observations.map((seen) =>
      seen.operation === 'http_round_trip' && seen.role.kind === 'path'
        ? { ...seen, status, headers, receivedAt: '2026-03-30T12:00:00.000Z' }
        : seen,
    ),
  });

  it.each([
    ['429 without a time', 429, [], 0],
    ['429 with seconds', 429, [['Retry-After', '120']], 120_000],
    ['429 with a date', 429, [['retry-after', 'Mon, 30 Mar 2026 12:10:00 GMT']], 600_000],
    ['429 with a date that has passed', 429, [['Retry-After', 'Mon, 30 Mar 2026 11:00:00 GMT']], 0],
    ['429 with nonsense', 429, [['Retry-After', 'soon']], 0],
    ['503 with seconds', 503, [['Retry-After', '7']], 7000],
    ['503 without a time', 503, [], null],
    ['200 with seconds', 200, [['Retry-After', '7']], null],
  ] as const)('patience asked for: %s', (_, status, headers, wanted) => {
    expect(factsOf(answering(status, headers)).retryAfterMs).toBe(wanted);
  });

  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['203.0.113.9, 10.0.0.1', '203.0.113.9'],
    ['not an address', null],
  ])('the address seen outside: %s', (value, wanted) => {
    expect(factsOf(answering(200, [['X-Forwarded-For', value]])).egress).toBe(wanted);
  });
});

describe('changes', () => {
  it('the first round tells its verdict and nothing else', () => {
    const { changes } = track(NOTHING, good, at(NOW));
    expect(changes.map(({ kind }) => kind)).toEqual(['verdict', 'verdict']);
  });

  it('nothing changed, nothing told', () => {
    expect(after(good, {})).toEqual([]);
  });

  it('verdict and cause', () => {
    const bad = factsOf(mqttDropped());
    expect(after(good, { link: bad.link, cause: bad.cause })).toEqual([
      { kind: 'verdict', what: 'link', before: 'will_work', after: 'will_fail', cause: bad.cause },
    ]);
    expect(after({ ...good, link: 'will_fail', cause: 'tcp.dropped' }, { cause: 'tcp.reset' })).toEqual([
      { kind: 'cause', before: 'tcp.dropped', after: 'tcp.reset' },
    ]);
  });

  it('another issuer, however its name is written; not another intermediate of the same one', () => {
    const host = 'app.netdata.cloud';
    const was = { issuer: "C=US, O=Let's Encrypt, CN=R10", notAfter: '2027-06-01T00:00:00.000Z', trusted: true };
    const facts = { ...good, signers: { [host]: was } };
    expect(after(facts, { signers: { [host]: { ...was, issuer: "CN=R11, O=Let's Encrypt, C=US" } } })).toEqual([]);
    const inspected = { ...was, issuer: 'CN=Corp Inspection CA, O=Corp', trusted: false };
    const [change] = after(facts, { signers: { [host]: inspected } });
    expect(change).toMatchObject({ kind: 'issuer', host, trusted: false });
    expect(changeText(change as Change)).toBe(
      "another issuer signs app.netdata.cloud: Corp, which is not publicly trusted (before: Let's Encrypt)",
    );
    const renewed = { ...was, notAfter: '2027-09-01T00:00:00.000Z' };
    expect(after(facts, { signers: { [host]: renewed } })).toMatchObject([{ kind: 'certificate', host }]);
    expect(organizationOf('CN=x')).toBe('CN=x');
    expect(organizationOf('O="Corp, Inc.",CN=x')).toContain('Corp');
  });

  it('sees inspection that is switched on, from two whole reports', () => {
    const kinds = track(first(good), factsOf(intercepted()), at(NOW + 1)).changes.map(({ kind }) => kind);
    expect(kinds).toContain('issuer');
    expect(kinds).toContain('verdict');
  });

  it('settings', () => {
    expect(after(good, { resolvers: ['192.0.2.53'] })).toMatchObject([{ kind: 'resolvers', after: ['192.0.2.53'] }]);
    expect(after(good, { routes: { ...good.routes, link: 'http_connect:p:3128' } })).toMatchObject([
      { kind: 'route', leg: 'link', after: 'http_connect:p:3128' },
    ]);
    expect(after({ ...good, egress: '192.0.2.1' }, { egress: '192.0.2.2' })).toMatchObject([{ kind: 'egress' }]);
    expect(after({ ...good, egress: '192.0.2.1' }, { egress: null })).toEqual([]);
    expect(after({ ...good, agentStatus: 'online' }, { agentStatus: 'offline' })).toMatchObject([
      { kind: 'agent_status', before: 'online', after: 'offline' },
    ]);
  });
});

describe('addresses', () => {
  const host = 'x.example';
  const only = (...list: string[]): RoundFacts => ({ ...good, addresses: { [host]: list }, classes: {} });

  it('are new once, and gone when they were missing for an hour', () => {
    let memory = first(only('192.0.2.1', '192.0.2.2'));
    const told: Change[] = [];
    for (let minute = 5; minute <= 80; minute += 5) {
      const tracked = track(memory, only('192.0.2.1', '192.0.2.3'), at(NOW + minute * 60_000));
      memory = tracked.memory;
      told.push(...tracked.changes);
    }
    expect(told).toEqual([
      { kind: 'address_new', host, address: '192.0.2.3', class: null },
      { kind: 'address_gone', host, address: '192.0.2.2' },
    ]);
  });

  it('that rotate are neither', () => {
    let memory = first(only('192.0.2.1', '192.0.2.2'));
    const told: Change[] = [];
    for (let round = 1; round <= 40; round++) {
      const list = round % 2 === 0 ? ['192.0.2.1', '192.0.2.2'] : ['192.0.2.3', '192.0.2.4'];
      const tracked = track(memory, only(...list), at(NOW + round * 300_000));
      memory = tracked.memory;
      told.push(...tracked.changes);
    }
    expect(told.map(({ kind }) => kind)).toEqual(['address_new', 'address_new']);
  });

  it('stay while the name does not resolve at all, for a day', () => {
    const before = first(only('192.0.2.1'));
    const { changes } = track(before, { ...good, addresses: {}, classes: {} }, at(NOW + DAY));
    expect(changes).toEqual([]);
    expect(track(before, only(), at(NOW + 2 * GONE_AFTER_MS)).changes).toEqual([]);
  });

  it('survive a clock that was put back', () => {
    const before = first(only('192.0.2.1', '192.0.2.2'), NOW + DAY);
    let { memory, changes } = track(before, only('192.0.2.1'), at(NOW));
    expect(changes).toEqual([]);
    ({ memory, changes } = track(memory, only('192.0.2.1'), at(NOW + GONE_AFTER_MS + 1)));
    expect(changes).toEqual([{ kind: 'address_gone', host, address: '192.0.2.2' }]);
    expect(Object.keys(memory.seen[host] ?? {})).toEqual(['192.0.2.1']);
  });
});

describe('latency', () => {
  const taking = (ms: number): RoundFacts => ({ ...good, steps: { ...good.steps, link: { connect: ms } } });
  const play = (...times: number[]): readonly Change[] => {
    let memory = NOTHING;
    return times.flatMap((ms, round) => {
      const tracked = track(memory, taking(ms), at(NOW + round * 300_000));
      memory = tracked.memory;
      return tracked.changes.filter(({ kind }) => kind === 'latency');
    });
  };

  it.each([
    ['steady', [100, 101, 99, 100, 100, 100, 100, 100], 0],
    ['two slow rounds', [100, 100, 100, 100, 100, 900, 900, 100, 100, 100], 0],
    ['three slow rounds', [100, 100, 100, 100, 100, 900, 900, 900], 1],
    ['just under twice', [100, 100, 100, 100, 100, 199, 199, 199, 199, 199], 0],
    ['twice', [100, 100, 100, 100, 100, 200, 200, 200, 200, 200], 1],
    ['twice, but nobody feels it', [10, 10, 10, 10, 10, 59, 59, 59, 59, 59], 0],
    ['up and down again', [100, 100, 100, 100, 100, 900, 900, 900, 900, 900, 100, 100, 100], 2],
  ] as const)('%s', (_, times, wanted) => {
    expect(play(...times)).toHaveLength(wanted);
  });
});

describe('warnings', () => {
  const host = 'app.netdata.cloud';
  const ending = (leftMs: number): RoundFacts => ({
    ...good,
    signers: { [host]: { issuer: 'O=x', notAfter: new Date(NOW + leftMs).toISOString(), trusted: true } },
  });
  const raised = (facts: RoundFacts, context = at(NOW)): readonly string[] =>
    track(NOTHING, facts, context).memory.warnings.map(({ kind }) => kind);

  it.each([
    ['in good time', EXPIRES_WITHIN_MS, []],
    ['within 14 days', EXPIRES_WITHIN_MS - 1, ['certificate_expires']],
    ['in the last second', 1, ['certificate_expires']],
    ['over: that is a verdict', 0, []],
  ] as const)('a certificate that ends %s', (_, left, wanted) => {
    expect(raised(ending(left))).toEqual(wanted);
  });

  it('is told when raised and when it is over, once each', () => {
    const one = track(NOTHING, ending(DAY), at(NOW));
    const two = track(one.memory, ending(DAY - 1), at(NOW + 1));
    const three = track(two.memory, ending(90 * DAY), at(NOW + 2));
    const told = [one, two, three].map(({ changes }) => changes.filter(({ kind }) => kind === 'warning').length);
    expect(told).toEqual([1, 0, 1]);
  });

  it('an address that resolves and that the loaded rules do not hold', () => {
    const facts = { ...good, addresses: { [host]: ['192.0.2.1', '192.0.2.2'] } };
    expect(
      raised(
        facts,
        at(NOW, (_, address) => address === '192.0.2.1'),
      ),
    ).toEqual(['address_outside_rules']);
    expect(
      raised(
        facts,
        at(NOW, () => true),
      ),
    ).toEqual([]);
    expect(raised(facts)).toEqual([]);
    // Rules that could not be read this time neither raise nor clear.
    const before = track(
      NOTHING,
      facts,
      at(NOW, () => false),
    ).memory;
    expect(track(before, facts, at(NOW + 1)).changes).toEqual([]);
  });

  it('the first address is silent', () => {
    expect(raised({ ...good, silentFirst: [{ host, address: '192.0.2.1' }] })).toEqual(['first_address_silent']);
  });

  it("the Agent's own link flaps: from four changes within an hour on, until fewer than two are left", () => {
    let memory = first({ ...good, agentStatus: 'online' });
    const flapping: boolean[] = [];
    for (let round = 1; round <= 26; round++) {
      const agentStatus = round <= 5 && round % 2 === 1 ? 'offline' : 'online';
      memory = track(memory, { ...good, agentStatus }, at(NOW + round * 300_000)).memory;
      flapping.push(memory.warnings.some(({ kind }) => kind === 'agent_flapping'));
    }
    expect(flapping.indexOf(true)).toBe(3);
    expect(flapping.lastIndexOf(true)).toBe(15);
  });
});
