/** Budgets and races of predictions, each threshold at both of its sides. */
import { describe, expect, it } from 'vitest';
import { raceAsLibcurl } from '../../../../src/agent/predict/eyeballs.js';
import { idleCutOf } from '../../../../src/agent/predict/idle-cut.js';
import { compareStatus } from '../../../../src/agent/predict/compare-status.js';
import type { FailureKind } from '../../../../src/model/failure.js';
import type { HoldObservation, ReadAgentStatusObservation } from '../../../../src/model/observation.js';
import type { Prediction } from '../../../../src/model/prediction.js';
import { agentFacts, ROUTES } from '../../../helpers/facts.js';
import { agentStatus } from '../../../helpers/observations.js';
import { failure, observation } from '../../trace/seen.js';

const FOUR = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;
const SIX = ['2001:db8::1', '2001:db8::2'] as const;
const SILENT: FailureKind = 'generic_timeout_error';

/** Connections by address: ms, and how they failed. */
type Played = Readonly<Record<string, readonly [ms: number, failed?: FailureKind]>>;

function race(played: Played, budgetMs = 5000) {
  const view = {
    chain(address: string) {
      const [ms, failed] = played[address] ?? [];
      if (ms === undefined) return null;
      const connect = observation('connect', {
        address,
        t0Ms: 0,
        tMs: ms,
        failure: failed === undefined ? null : failure(failed),
      });
      return { address, connect };
    },
  };
  return raceAsLibcurl(view as never, Object.keys(played), budgetMs);
}

const finish = (played: Played, budgetMs?: number) =>
  race(played, budgetMs).finishers.map(({ chain, atMs }) => [chain.address, atMs]);

describe('the race of libcurl', () => {
  it.each<readonly [string, Played, readonly (readonly [string, number])[]]>([
    ['one address may take all of the time', { [FOUR[0]]: [5000] }, [[FOUR[0], 5000]]],
    ['and no more', { [FOUR[0]]: [5001] }, []],
    ['the first of two may take half of it', { [FOUR[0]]: [2500], [FOUR[1]]: [10] }, [[FOUR[0], 2500]]],
    ['else the second is taken', { [FOUR[0]]: [2501], [FOUR[1]]: [10] }, [[FOUR[1], 2510]]],
    ['the first of three, too', { [FOUR[0]]: [2501], [FOUR[1]]: [1250], [FOUR[2]]: [1] }, [[FOUR[1], 3750]]],
    ['half of what is left', { [FOUR[0]]: [2501], [FOUR[1]]: [1251], [FOUR[2]]: [1] }, [[FOUR[2], 3751]]],
    ['a refusal costs what it took', { [FOUR[0]]: [30, 'connection_refused'], [FOUR[1]]: [10] }, [[FOUR[1], 40]]],
    ['and at most its share', { [FOUR[0]]: [4000, 'connection_refused'], [FOUR[1]]: [10] }, [[FOUR[1], 2510]]],
    ['a silence costs its share', { [FOUR[0]]: [4000, SILENT], [FOUR[1]]: [2500] }, [[FOUR[1], 5000]]],
    ['and leaves no more than that', { [FOUR[0]]: [4000, SILENT], [FOUR[1]]: [2501] }, []],
    ['the other family starts 200 ms later', { [SIX[0]]: [5000, SILENT], [FOUR[0]]: [10] }, [[FOUR[0], 210]]],
    ['or when the first has nothing left', { [SIX[0]]: [30, 'connection_refused'], [FOUR[0]]: [10] }, [[FOUR[0], 40]]],
    ['not before', { [SIX[0]]: [5000, SILENT], [FOUR[0]]: [4800] }, [[FOUR[0], 5000]]],
    ['and ends with the whole', { [SIX[0]]: [5000, SILENT], [FOUR[0]]: [4801] }, []],
    [
      'two within 50 ms may both be first',
      { [SIX[0]]: [260], [FOUR[0]]: [10] },
      [
        [FOUR[0], 210],
        [SIX[0], 260],
      ],
    ],
    ['further apart, one is', { [SIX[0]]: [261], [FOUR[0]]: [10] }, [[FOUR[0], 210]]],
    ['the first family is that of the first address', { [FOUR[0]]: [150], [SIX[0]]: [1] }, [[FOUR[0], 150]]],
  ])('%s', (_, played, finishers) => {
    expect(finish(played)).toEqual(finishers);
  });

  it('has the budget that it is given', () => {
    expect(finish({ [FOUR[0]]: [100] }, 100)).toHaveLength(1);
    expect(finish({ [FOUR[0]]: [101] }, 100)).toHaveLength(0);
  });

  it('says what failed, what was silent or too late, and what nobody tried', () => {
    const told = (played: Played) => {
      const { failed, anySilent, anyUnseen } = race(played);
      return [failed.length, anySilent, anyUnseen];
    };
    expect(told({ [FOUR[0]]: [5] })).toEqual([0, false, false]);
    expect(told({ [FOUR[0]]: [5, 'connection_refused'] })).toEqual([1, false, false]);
    expect(told({ [FOUR[0]]: [5, 'timed_out'] })).toEqual([1, false, false]);
    expect(told({ [FOUR[0]]: [5, SILENT] })).toEqual([1, true, false]);
    expect(told({ [FOUR[0]]: [5001] })).toEqual([1, true, false]);
    expect(told({ [FOUR[0]]: [] as never })).toEqual([0, false, true]);
  });
});

describe('held links', () => {
  const hold = (heldMs: number, endedBy: HoldObservation['endedBy'] = 'us', over: object = {}) =>
    observation('hold', { heldMs, endedBy, ...over });

  it('say nothing where nobody else ended one', () => {
    expect(idleCutOf([], null)).toBeNull();
    expect(idleCutOf([hold(60_000)], hold(60_000))).toBeNull();
    expect(idleCutOf([hold(5, 'fin', { failure: failure('interrupted') })], null)).toBeNull();
  });

  it('are cut by the shortest life, and outlived by the longest before it', () => {
    const links = [hold(5000), hold(20_000, 'fin'), hold(10_000, 'reset'), hold(9000), hold(10_000), hold(30_000)];
    expect(idleCutOf(links, null)).toMatchObject({ cut: links[2], survived: links[3], busy: null });
    expect(idleCutOf([hold(10_000, 'fin'), hold(10_000)], null)?.survived).toBeNull();
  });

  it.each([
    [hold(10_000, 'fin'), null, 'unproven'],
    [hold(10_000, 'fin'), hold(9, 'fin', { failure: failure('interrupted') }), 'unproven'],
    [hold(10_000, 'fin'), hold(10_000, 'us'), 'idle'],
    [hold(10_000, 'fin'), hold(9999, 'us'), 'any'],
    // A share of the time, and a second at least.
    [hold(10_000, 'fin'), hold(11_500, 'fin'), 'any'],
    [hold(10_000, 'fin'), hold(11_501, 'fin'), 'idle'],
    [hold(2000, 'fin'), hold(3000, 'fin'), 'any'],
    [hold(2000, 'fin'), hold(3001, 'fin'), 'idle'],
    [hold(10_000, 'silence'), hold(60_000, 'us'), 'mute'],
    [hold(10_000, 'silence'), hold(60_000, 'us', { pongs: 0 }), 'mute'],
    [hold(10_000, 'silence'), hold(60_000, 'us', { pongs: 1 }), 'idle'],
  ])('are judged by the one that was kept busy (row %#)', (cut, busy, because) => {
    expect(idleCutOf([cut], busy)?.because).toBe(because);
  });
});

describe('the running Agent', () => {
  const NOW = new Date('2026-01-01T00:00:00Z');
  const predicted = (outcome: Prediction['outcome'], claim: Prediction['outcome'] = outcome) =>
    (['claim', 'env', 'auth', 'link'] as const).map((leg) => ({
      leg,
      outcome: leg === 'claim' ? claim : outcome,
      rule: 'agent:works',
    })) as unknown as Prediction[];
  const compare = (
    status: Partial<ReadAgentStatusObservation>,
    predictions = predicted('will_work'),
    claimed: boolean | null = null,
  ) =>
    compareStatus(predictions, agentStatus(status), {
      facts: agentFacts({ over: { claimed } }),
      routes: ROUTES,
      now: NOW,
    });
  const kinds = (...of: Parameters<typeof compare>) => compare(...of).map(({ kind }) => kind);
  const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();

  it.each([
    [120.4, false],
    [120.6, true],
    [-5, false],
  ])('whose next attempt is %d s away, far: %s', (seconds, far) => {
    const found = kinds({ status: 'offline', nextAttemptAt: inSeconds(seconds) });
    expect(found.includes('retry_far_away')).toBe(far);
    expect(kinds({ status: 'online', nextAttemptAt: inSeconds(seconds) })).toEqual([]);
  });

  it.each([
    ['online', 23, []],
    ['online', 24, ['link_flapping']],
    ['offline', 24, ['link_flapping', 'running_offline']],
    ['banned', 24, ['running_banned']],
    ['online', null, []],
  ] as const)('%s after %s links', (status, reconnectCount, found) => {
    expect(kinds({ status, reconnectCount })).toEqual(found);
  });

  it('is offline against the odds only where every step of the link works', () => {
    expect(kinds({ status: 'offline' }, predicted('will_work', 'will_fail'))).toEqual(['running_offline']);
    expect(kinds({ status: 'offline' }, predicted('at_risk'))).toEqual([]);
    expect(kinds({ status: 'offline' }, [])).toEqual([]);
    expect(kinds({ status: 'online' }, predicted('will_fail'))).toEqual(['running_online']);
    expect(kinds({ status: 'online' }, predicted('will_work', 'will_fail'))).toEqual([]);
  });

  it.each([
    ['disabled', 'running_disabled'],
    ['unavailable', 'running_without_cloud'],
  ])('says %s', (status, found) => {
    expect(kinds({ status })).toEqual([found]);
  });

  it('is held by a Parent', () => {
    expect(kinds({ status: 'indirect', reconnectCount: 99 })).toEqual(['held_by_parent']);
  });

  it.each([
    ['something that no version says', 'will_work', null, ['claim_not_retried']],
    ['something that no version says', 'at_risk', null, ['claim_not_retried']],
    ['something that no version says', 'will_fail', null, ['claim_not_retried']],
    ['', 'will_work', null, []],
    ['', 'will_work', false, []],
    [null, 'will_work', null, []],
    ['', 'will_work', true, ['claim_not_retried']],
    ['', 'will_fail', true, ['claim_not_retried']],
  ] as const)('that is not claimed and says %j, claim %s, claimed %s: %j', (reason, outcome, claimed, found) => {
    expect(kinds({ status: 'available', reason }, predicted(outcome), claimed)).toEqual(found);
    expect(kinds({ status: 'offline', reason }, predicted('will_fail'), claimed)).toEqual([]);
  });
});
