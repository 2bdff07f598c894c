import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WantedHost } from '../../../../src/firewall/core/allow-list.js';
import { judgeAnswers, type LookupResult, type LookupStatus } from '../../../../src/firewall/live/refresh/answers.js';
import { guard } from '../../../../src/firewall/live/refresh/guards.js';
import { chain, parseHistory, type HistoryEntry } from '../../../../src/firewall/live/refresh/history.js';
import {
  EMPTY_STATE,
  mergeAnswers,
  type Merged,
  type RefreshState,
} from '../../../../src/firewall/live/refresh/state.js';
import { LAB_RANGES } from '../factory.js';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const HOUR = 3600;
const HOSTS: readonly WantedHost[] = [
  { fqdn: 'app.example', ports: [443], purpose: 'claim', required: true },
  { fqdn: 'mqtt.example', ports: [443], purpose: 'link', required: true },
];

function reply(
  fqdn: string,
  addresses: readonly string[],
  now: string,
  more: Partial<LookupResult> & { ttl?: number } = {},
): LookupResult {
  const resolver = more.resolver ?? '192.0.2.53';
  const answers = addresses.map((address) => ({
    fqdn,
    address,
    ttl: more.ttl ?? 60,
    source: resolver,
    firstSeen: now,
    lastSeen: now,
    proven: false,
  }));
  return { fqdn, resolver, status: more.status ?? (addresses.length > 0 ? 'ok' : 'nodata'), answers };
}

/** One round at a time. */
class Timeline {
  state: RefreshState = EMPTY_STATE;
  round(seconds: number, results: readonly LookupResult[], inUse: readonly string[] = []): Merged {
    const judged = judgeAnswers(HOSTS, results, { accepted: LAB_RANGES, provenOnly: false });
    const merged = mergeAnswers({ state: this.state, hosts: HOSTS, names: judged.names, inUse, now: at(seconds) });
    this.state = merged.state;
    return merged;
  }
  addresses(fqdn: string): string[] {
    return this.state.seen.filter((row) => row.fqdn === fqdn).map((row) => row.address);
  }
}

const both = (now: string, app: readonly string[], mqtt: readonly string[] = ['198.51.100.50']): LookupResult[] => [
  reply('app.example', app, now),
  reply('mqtt.example', mqtt, now),
];

describe('merging', () => {
  test('new addresses enter at once, old ones stay for their hold', () => {
    const time = new Timeline();
    time.round(0, both(at(0), ['198.51.100.2']));
    time.round(60, both(at(60), ['198.51.100.3']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.2', '198.51.100.3']);
    time.round(HOUR - 1, both(at(HOUR - 1), ['198.51.100.3']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.2', '198.51.100.3']);
    const merged = time.round(HOUR + 1, both(at(HOUR + 1), ['198.51.100.3']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.3']);
    expect(merged.removed.map((row) => [row.address.address, row.reason])).toEqual([
      ['198.51.100.2', 'not seen for 60m'],
    ]);
  });

  test('a long TTL holds ten times as long, at most a week', () => {
    const time = new Timeline();
    const old = (now: string): LookupResult[] => [
      reply('app.example', ['198.51.100.2'], now, { ttl: 86_400 }),
      reply('mqtt.example', ['198.51.100.50'], now),
    ];
    time.round(0, old(at(0)));
    time.round(6 * 86_400, both(at(6 * 86_400), ['198.51.100.3']));
    expect(time.addresses('app.example')).toContain('198.51.100.2');
    time.round(8 * 86_400, both(at(8 * 86_400), ['198.51.100.3']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.3']);
  });

  test('resolvers are united', () => {
    const time = new Timeline();
    const now = at(0);
    time.round(0, [
      reply('app.example', ['198.51.100.2'], now, { resolver: '192.0.2.1' }),
      reply('app.example', ['198.51.100.3', '198.51.100.2'], now, { resolver: '192.0.2.2' }),
      reply('mqtt.example', ['198.51.100.50'], now),
    ]);
    expect(time.state.seen.slice(0, 2).map((row) => [row.address, row.resolvers, row.hits])).toEqual([
      ['198.51.100.2', ['192.0.2.1', '192.0.2.2'], 1],
      ['198.51.100.3', ['192.0.2.2'], 1],
    ]);
  });

  test.each<LookupStatus>(['servfail', 'nxdomain', 'timeout', 'refused', 'nodata', 'failed'])(
    'a year of %s removes nothing, and says so',
    (status) => {
      const time = new Timeline();
      time.round(0, both(at(0), ['198.51.100.2']));
      for (let day = 1; day <= 365; day += 30) {
        const now = at(day * 86_400);
        const merged = time.round(day * 86_400, [
          reply('app.example', [], now, { status }),
          reply('mqtt.example', ['198.51.100.50'], now),
        ]);
        expect(merged.keptNames.map((row) => row.fqdn)).toEqual(['app.example']);
      }
      expect(time.addresses('app.example')).toEqual(['198.51.100.2']);
    },
  );

  test('one failing family keeps the addresses of that family', () => {
    const time = new Timeline();
    time.round(0, both(at(0), ['198.51.100.2', '2001:db8::2']));
    const later = 30 * 86_400;
    // A answered, AAAA did not: the resolver's answer as a whole is a failure.
    time.round(later, [
      reply('app.example', ['198.51.100.2'], at(later), { status: 'servfail' }),
      reply('mqtt.example', ['198.51.100.50'], at(later)),
    ]);
    expect(time.addresses('app.example')).toEqual(['198.51.100.2', '2001:db8::2']);
  });

  test('sinkholes and private answers neither enter nor push genuine addresses out', () => {
    const time = new Timeline();
    time.round(0, both(at(0), ['198.51.100.2']));
    time.round(30 * 86_400, both(at(30 * 86_400), ['0.0.0.0', '127.0.0.1', '10.0.0.1', '::']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.2']);
  });

  test('an address with a living connection stays, and goes when the connection is gone', () => {
    const time = new Timeline();
    time.round(0, both(at(0), ['198.51.100.2']));
    time.round(2 * HOUR, both(at(2 * HOUR), ['198.51.100.3']), ['198.51.100.2']);
    expect(time.addresses('app.example')).toContain('198.51.100.2');
    time.round(4 * HOUR, both(at(4 * HOUR), ['198.51.100.3']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.3']);
  });

  test('a clock that jumps back removes nothing', () => {
    const time = new Timeline();
    time.round(10 * 86_400, both(at(10 * 86_400), ['198.51.100.2']));
    time.round(0, both(at(0), ['198.51.100.3']));
    expect(time.addresses('app.example')).toEqual(['198.51.100.2', '198.51.100.3']);
  });

  test('a name that is no longer asked for goes at once', () => {
    const time = new Timeline();
    time.round(0, both(at(0), ['198.51.100.2']));
    const merged = mergeAnswers({ state: time.state, hosts: HOSTS.slice(0, 1), names: [], inUse: [], now: at(1) });
    expect(merged.removed.map((row) => row.address.fqdn)).toEqual(['mqtt.example']);
  });

  test('whatever the answers, a name that had addresses never loses its last one', () => {
    const status = fc.constantFrom<LookupStatus>(
      'ok',
      'nodata',
      'nxdomain',
      'servfail',
      'refused',
      'timeout',
      'failed',
    );
    const addresses = fc.array(
      fc.oneof(
        fc.integer({ min: 1, max: 250 }).map((n) => `198.51.100.${String(n)}`),
        fc.constantFrom('0.0.0.0', '10.1.1.1'),
      ),
      { maxLength: 4 },
    );
    const round = fc.record({ wait: fc.integer({ min: 1, max: 3_000_000 }), status, addresses });
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 20 }), (rounds) => {
        const time = new Timeline();
        time.round(0, both(at(0), ['198.51.100.2']));
        let now = 0;
        for (const { wait, status: outcome, addresses: list } of rounds) {
          now += wait;
          time.round(now, [
            reply('app.example', list, at(now), { status: outcome }),
            reply('mqtt.example', ['198.51.100.50'], at(now)),
          ]);
          expect(time.addresses('app.example').length).toBeGreaterThan(0);
          expect(time.addresses('app.example')).not.toContain('0.0.0.0');
        }
      }),
    );
  });
});

describe('guards', () => {
  const state = (count: number, from = 1): RefreshState => ({
    ...EMPTY_STATE,
    seen: Array.from({ length: count }, (_, i) => ({
      fqdn: i % 2 === 0 ? 'app.example' : 'mqtt.example',
      address: `203.0.113.${String(from + i)}`,
      ttl: 60,
      firstSeen: at(0),
      lastSeen: at(0),
      resolvers: ['r'],
      hits: 1,
      proven: false,
    })),
  });
  const base = { hosts: HOSTS, first: false, acceptChange: false, needsAddresses: true };

  test('a mass change stops until it is accepted, a small one goes', () => {
    expect(guard({ ...base, before: state(60).seen, after: state(60, 100) })).toHaveLength(1);
    expect(guard({ ...base, before: state(60).seen, after: state(60, 100), acceptChange: true })).toEqual([]);
    expect(guard({ ...base, before: state(60).seen, after: state(60, 11) })).toEqual([]);
    expect(guard({ ...base, before: [], after: state(60), first: true })).toEqual([]);
  });

  test('nothing at all, a required name without addresses, and too many addresses stop', () => {
    expect(guard({ ...base, before: state(4).seen, after: EMPTY_STATE })[0]).toMatch(/no address at all/);
    expect(guard({ ...base, before: [], after: { ...state(1) } })[0]).toMatch(/mqtt\.example/);
    expect(guard({ ...base, first: true, before: [], after: state(140) })[0]).toMatch(/more than 64/);
  });

  test('a target of names needs no address', () => {
    expect(guard({ ...base, needsAddresses: false, before: [], after: EMPTY_STATE })).toEqual([]);
  });
});

describe('history', () => {
  const entry = (revision: string): Omit<HistoryEntry, 'hash' | 'number'> => ({
    at: at(0),
    action: 'refresh',
    target: 'nftables',
    revision,
    added: ['a'],
    removed: [],
    total: 1,
    why: 'x',
  });
  const three = ['1', '2', '3'].reduce<HistoryEntry[]>((all, revision) => [...all, chain(all, entry(revision))], []);
  const text = three.map((row) => `${JSON.stringify(row)}\n`).join('');

  test('reads back what was written', () => {
    expect(parseHistory(text)).toEqual({ entries: three, brokenAt: null });
  });

  test('a torn last line is ignored', () => {
    expect(parseHistory(`${text}{"number":4,"at"`)).toEqual({ entries: three, brokenAt: null });
  });

  test('an edited or lost line is noticed', () => {
    expect(parseHistory(text.replace('"revision":"2"', '"revision":"9"')).brokenAt).toBe(2);
    expect(parseHistory(text.split('\n').toSpliced(1, 1).join('\n')).brokenAt).toBe(2);
  });

  test.each(['hash', 'added', 'revision', 'number'])(
    'a line that lost its %s is no entry, and ends nothing',
    (field) => {
      const lines = three
        .map((row) => JSON.stringify(row))
        .toSpliced(1, 1, JSON.stringify({ ...three[1], [field]: undefined }));
      expect(parseHistory(`${lines.join('\n')}\n`)).toEqual({ entries: [three[0], three[2]], brokenAt: 2 });
    },
  );
});
