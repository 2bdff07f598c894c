import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import * as prettier from 'prettier';
import {
  NEWEST_RELEASE,
  compareVersions,
  isNewerThanKnown,
  parseVersion,
  rulesFor,
  standingOf,
} from '../../../src/agent/versions.js';
import type { RuleName } from '../../../src/agent/versions.js';
import { BREAKPOINTS, versionsDocument } from '../../../src/agent/versions/document.js';
import { RULES, SECTIONS } from '../../../src/agent/versions/table.js';

describe('parseVersion', () => {
  it.each([
    ['v2.10.3', 2, 10, 3, null],
    ['2.11.0-84-nightly', 2, 11, 0, 84],
    ['v2.11.0-84-g04b1cf5', 2, 11, 0, 84],
    ['v2.2.0-118-nightly', 2, 2, 0, 118],
    ['2.2.0.118.nightly-1.el9', 2, 2, 0, 118],
    ['2.10.3+deb12u1', 2, 10, 3, null],
    ['1.47.5-1', 1, 47, 5, null],
    ['1.37.1-2+deb12u1', 1, 37, 1, null],
    ['1.33.1-1ubuntu1', 1, 33, 1, null],
    ['1.43.2-r0', 1, 43, 2, null],
    ['2.11.0-84', 2, 11, 0, null],
    ['v1.45.6', 1, 45, 6, null],
    ['1.47', 1, 47, 0, null],
    ['20200416-384-g1b96532', 0, 0, 0, null],
  ])('%s', (text, major, minor, patch, nightly) => {
    expect(parseVersion(text)).toEqual({ major, minor, patch, nightly });
  });
  it.each(['', 'nightly', '2', '2.x', '2.10.3 or so', '-1.2.3', 'latest', '20200416', '2.10.3;id'])(
    '%j is none',
    (text) => {
      expect(parseVersion(text)).toBeNull();
    },
  );
});

/** Every change: the last release before it and what held there, the first one with it, and the first build. */
const CHANGES: readonly (readonly [RuleName, string, unknown, string, unknown, string | null])[] = [
  ['mayLackCloud', '1.47.5', true, '2.0.0', false, '1.47.0-2'],
  ['buildinfo', '1.36.1', 'features', '1.37.0', 'lines', null],
  ['buildinfo', '1.40.1', 'lines', '1.41.0', 'sections', null],
  ['hasLegacyLink', '1.32.1', true, '1.33.0', false, null],
  ['speaksProtobufOnly', '1.35.1', false, '1.36.0', true, null],
  ['claimsByItself', '1.47.5', false, '2.0.0', true, '1.47.0-2'],
  ['claimTrustsTrustedPem', '1.47.5', false, '2.0.0', true, '1.47.0-2'],
  ['claimProxyDefault', '1.47.5', 'env', '2.0.0', 'none', '1.47.0-2'],
  ['claimProxyDefault', '2.0.3', 'none', '2.1.0', 'env', '2.0.0-125'],
  ['scriptDefaultHost', '1.36.1', 'app.netdata.cloud', '1.37.0', 'api.netdata.cloud', null],
  ['scriptDefaultHost', '1.41.0', 'api.netdata.cloud', '1.42.0', 'app.netdata.cloud', null],
  ['daemonDefaultHost', '1.36.1', 'app.netdata.cloud', '1.37.0', 'api.netdata.cloud', null],
  ['daemonDefaultHost', '1.38.1', 'api.netdata.cloud', '1.39.0', 'app.netdata.cloud', null],
  ['scriptStoresIdOn409', '1.32.1', true, '1.33.0', false, null],
  ['scriptReadsEveryWget', '1.33.1', false, '1.34.0', true, null],
  ['scriptLongOptions', '1.40.1', false, '1.41.0', true, null],
  ['claimByOption', '1.40.1', 'works', '1.41.0', 'refused', null],
  ['claimByOption', '1.47.5', 'refused', '2.0.0', 'works', '1.47.0-2'],
  ['scriptStoresProxy', '1.45.6', false, '1.46.0', true, '1.45.0-558'],
  ['claimReasonLines', '2.2.6', 1, '2.3.0', 5, null],
  ['scriptExpandsLineEnds', '1.47.5', 'none', '2.0.0', 'depends_on_sh', '1.47.0-2'],
  ['scriptExpandsLineEnds', '2.8.5', 'depends_on_sh', '2.9.0', 'always', null],
  ['kickstartKeepsPercent', '2.10.4', false, '2.11.0', true, null],
  ['survives422WithoutKey', '2.10.3', false, '2.10.4', true, '2.10.0-85'],
  ['capsClaimAnswer', '2.10.3', false, '2.10.4', true, '2.10.0-85'],
  ['extraOptsInsecure', '2.10.4', 'without_the_word', '2.11.0', 'the_word', '2.10.0-765'],
  ['storesUrlOfParent', '2.9.0', false, '2.10.0', true, null],
  ['honoursEnabled', '1.47.5', true, '2.0.0', false, '1.47.0-2'],
  ['enabledTakesAuto', '1.40.1', false, '1.41.0', true, null],
  ['disableCloudVariable', '1.36.1', 'not_read', '1.37.0', 'beats_file', null],
  ['disableCloudVariable', '1.40.1', 'beats_file', '1.41.0', 'default_only', null],
  ['disableCloudVariable', '1.47.5', 'default_only', '2.0.0', 'not_read', '1.47.0-2'],
  ['urlKey', '1.47.5', 'cloud base url', '2.0.0', 'url', '1.47.0-2'],
  ['claimedIdInCloudConf', '1.47.5', false, '2.0.0', true, '1.47.0-2'],
  ['claimedIdStrict', '1.47.5', true, '2.0.0', false, '1.47.0-2'],
  ['linkProxyInCloudConf', '1.45.6', false, '1.46.0', true, '1.45.0-558'],
  ['cloudConfFollowsLib', '2.2.6', false, '2.3.0', true, '2.2.0-241'],
  ['proxyFrozenBeforeClaim', '2.2.6', false, '2.3.0', true, '2.2.0-248'],
  ['complainsOfEmptyProxy', '1.47.5', true, '2.0.0', false, '1.47.0-2'],
  ['linkReadsHttpsProxy', '2.2.6', false, '2.3.0', true, '2.2.0-274'],
  ['looksAtSocksProxy', '2.6.1', true, '2.6.2', false, '2.6.0-62'],
  ['linkUsesSocks', '2.9.0', false, '2.10.0', true, '2.9.0-141'],
  ['linkSendsLogin', '1.37.1', false, '1.38.0', true, '1.37.0-65'],
  ['cutsProxyAtSlash', '1.37.1', true, '1.38.0', false, '1.37.0-65'],
  ['linkDecodesProxyCredentials', '2.2.1', false, '2.2.2', true, '2.2.0-39'],
  ['emptyUserSendsLogin', '2.9.0', true, '2.10.0', false, '2.9.0-141'],
  ['connectHostOnHttps', '1.45.4', false, '1.45.5', true, '1.45.0-407'],
  ['connectHostOnLink', '1.45.5', false, '1.45.6', true, '1.45.0-464'],
  ['connectUserAgent', '2.9.0', true, '2.10.0', false, '2.9.0-141'],
  ['acceptsHttp10', '1.46.1', false, '1.46.2', true, '1.46.0-50'],
  ['connectReader', '2.9.0', 'strict', '2.10.0', 'lenient', '2.9.0-141'],
  ['connectSecondsOnLink', '2.9.0', 1, '2.10.0', 10, '2.9.0-141'],
  ['hangsOnClosingProxy', '2.9.0', true, '2.10.0', false, '2.9.0-141'],
  ['mqttLookup', '1.46.3', 'gethostbyname', '1.47.0', 'getaddrinfo', '1.46.0-220'],
  ['silentSecondsOnHttps', '1.40.1', 30, '1.41.0', 60, null],
  ['silentSecondsOnHttps', '1.47.1', 60, '1.47.2', 20, '1.99.0-169'],
  ['silentSecondsOnLink', '1.47.1', 130, '1.47.2', 20, '1.99.0-169'],
  ['remembersIpv6Timeout', '1.47.1', false, '1.47.2', true, '1.99.0-169'],
  ['timeoutEndsLoop', '2.0.3', false, '2.1.0', true, '2.0.0-159'],
  ['httpsSni', '1.41.0', 'none', '1.42.0', 'peer', '1.41.0-303'],
  ['httpsSni', '1.46.3', 'peer', '1.47.0', 'host', '1.46.0-220'],
  ['linkHonoursInsecure', '2.2.6', false, '2.3.0', true, '2.2.0-282'],
  ['linkChecksName', '2.10.3', false, '2.10.4', true, '2.10.0-151'],
  ['httpsLegsCheckName', '2.11.0', false, '2.12.0', true, '2.11.0-22'],
  ['verifyLine', '2.8.5', 'Cert Chain verify error', '2.9.0', 'certificate verify error', '2.8.0-169'],
  ['headerFieldMax', '1.41.0', 255, '1.42.0', 1023, '1.41.0-303'],
  ['readsChunked', '1.41.0', false, '1.42.0', true, '1.41.0-303'],
  ['losesAnswerOnClose', '1.41.0', false, '1.42.0', true, '1.41.0-303'],
  ['repeatedLength', '1.41.0', 'last', '1.42.0', 'error', '1.41.0-303'],
  ['repeatedLength', '1.43.2', 'error', '1.44.0', 'first', null],
  ['headerWithoutSeparatorIsSafe', '2.10.4', false, '2.11.0', true, '2.10.0-659'],
  ['putsLineEndsTogether', '2.10.4', false, '2.11.0', true, '2.10.0-688'],
  ['limitsEveryTurn', '2.10.3', false, '2.10.4', true, null],
  ['readsErrorOfEnv', '1.34.1', false, '1.35.0', true, null],
  ['challengeLength', '1.34.1', 'any', '1.35.0', '344', null],
  ['transportType', '1.36.1', 'MQTTv3', '1.37.0', 'MQTTv5', '1.36.0-285'],
  ['transportChoice', '2.2.0', 'first_of_type', '2.2.1', 'entry_0', '2.2.0-1'],
  ['transportChoice', '2.5.4', 'entry_0', '2.6.0', 'first_of_type', '2.5.0-377'],
  ['topics', '1.35.1', 'alarms', '1.36.0', 'contexts', null],
  ['topics', '1.38.1', 'contexts', '1.39.0', 'alerts_v2', '1.38.0-413'],
  ['sendsVersionAtLogin', '2.2.6', false, '2.3.0', true, null],
  ['mayCrashWithoutChallenge', '1.34.1', false, '1.35.0', true, null],
  ['keepsOldWriteError', '2.2.0', true, '2.2.1', false, null],
  ['websocketOrigin', '1.47.5', 'http://example.com', '2.0.0', '', '1.99.0-209'],
  ['websocketKeepsHeaders', '1.32.1', false, '1.33.0', true, null],
  ['messageMax', '2.10.4', '128 KiB', '2.11.0', '16 MiB', null],
  ['mqttVersion', '1.34.1', '3.1.1', '1.35.0', '5 if set', null],
  ['mqttVersion', '1.35.1', '5 if set', '1.36.0', '5 unless unset', null],
  ['mqttVersion', '1.36.1', '5 unless unset', '1.37.0', '5', '1.36.0-285'],
  ['refusesShortConnack', '2.10.4', false, '2.11.0', true, null],
  ['sendsTopicAliasMaximum', '1.37.1', false, '1.38.0', true, null],
  ['obeysMaximumPacketSize', '1.39.1', false, '1.40.0', true, null],
  ['awaitsPingResponse', '1.47.5', false, '2.0.0', true, '1.99.0-228'],
  ['dropsUnacknowledged', '2.6.0', false, '2.6.1', true, null],
  ['hasWatchdog', '2.10.3', false, '2.10.4', true, '2.10.0-550'],
  ['connackBudget', '2.11.0', false, '2.12.0', true, '2.11.0-48'],
  ['logsBackOff', '1.43.2', true, '1.44.0', false, null],
  ['showsNextAttempt', '1.33.1', false, '1.34.0', true, null],
  ['hasCloudObject', '1.40.1', false, '1.41.0', true, null],
  ['hasIndirect', '1.47.5', false, '2.0.0', true, '1.47.0-2'],
  ['availableIsUnclaimed', '1.47.5', false, '2.0.0', true, '1.47.0-2'],
  ['reasons', '1.40.1', 'none', '1.41.0', 'words', null],
  ['reasons', '2.2.0', 'words', '2.2.1', 'texts', '2.2.0-1'],
  ['hasConnecting', '2.2.3', false, '2.2.4', true, null],
  ['hasConnecting', '2.3.1', true, '2.3.2', false, null],
  ['commandPipe', '2.2.6', '/tmp/netdata-ipc', '2.3.0', 'netdata.pipe in the run directory', '2.2.0-241'],
  ['pipeVariable', '1.40.1', false, '1.41.0', true, null],
  ['showsProxy', '2.6.1', 'no', '2.6.2', 'url', '2.6.0-62'],
  ['showsProxy', '2.9.0', 'url', '2.10.0', 'described', '2.9.0-30'],
  ['reloadAnswers', '1.47.5', false, '2.0.0', true, '1.47.0-2'],
  ['logPlace', '1.43.2', 'error.log', '1.44.0', 'journal or daemon.log', null],
];

/** The build before `2.10.0-151`. */
function buildBefore(build: string): string {
  const [release, number] = [build.slice(0, build.lastIndexOf('-')), Number(build.slice(build.lastIndexOf('-') + 1))];
  return number === 1 ? release : `${release}-${String(number - 1)}-nightly`;
}

describe('rules by version', () => {
  it.each(CHANGES)('%s: %s is %s, %s is %s', (rule, before, old, after, current) => {
    expect(rulesFor(before)[rule]).toBe(old);
    expect(rulesFor(after)[rule]).toBe(current);
  });

  it.each(CHANGES.filter(([, , , , , build]) => build !== null))(
    '%s by builds between releases',
    (rule, _before, old, _after, current, build) => {
      if (build === null) return;
      expect(rulesFor(`${build}-nightly`)[rule]).toBe(current);
      expect(rulesFor(`${build}-gabcdef0`)[rule]).toBe(current);
      expect(rulesFor(buildBefore(build))[rule]).toBe(old);
    },
  );

  it('has every change of the table in this list, and nothing else', () => {
    const listed = CHANGES.map(([rule, , , release, now, build]) => [rule, release, now, build]);
    const inTable = Object.entries(RULES).flatMap(([rule, { changes }]) =>
      changes.map(({ since, now }) => [rule, since.release, now, since.nightly]),
    );
    expect(listed).toEqual(inTable);
  });

  it('takes a later patch release for older than a build that forked before it', () => {
    expect(rulesFor('2.10.4').extraOptsInsecure).toBe('without_the_word');
    expect(rulesFor('2.10.0-765-nightly').extraOptsInsecure).toBe('the_word');
    expect(rulesFor('2.10.0-150-nightly').linkChecksName).toBe(false);
    expect(rulesFor('2.10.4').linkChecksName).toBe(true);
  });

  it('takes the builds of 1.99.0 for what they are: on the way to 2.0.0, without the patches of 1.47', () => {
    expect(rulesFor('1.99.0-10-nightly').claimsByItself).toBe(true);
    expect(rulesFor('1.99.0-168-nightly').silentSecondsOnLink).toBe(130);
    expect(rulesFor('1.99.0-169-nightly').silentSecondsOnLink).toBe(20);
  });

  it('gives a package revision the rules of its release', () => {
    expect(rulesFor('1.47.5-1')).toEqual(rulesFor('1.47.5'));
    expect(rulesFor('2.9.0-141')).toEqual(rulesFor('2.9.0'));
  });

  it('assumes the newest release for what is no version', () => {
    expect(rulesFor('unknown')).toEqual(rulesFor(NEWEST_RELEASE.version));
  });

  it('knows what it does not know', () => {
    expect(isNewerThanKnown('2.11.0-84-nightly')).toBe(false);
    expect(isNewerThanKnown('2.11.0-91-nightly')).toBe(true);
    expect(isNewerThanKnown('2.11.1')).toBe(true);
    expect(
      ['1.31.0', '1.32.0', '1.38.1', '1.39.0', '2.11.0', '2.11.1', '2.12.0', '20200416-384-g1b96532'].map(standingOf),
    ).toEqual(['too_old', 'doubtful', 'doubtful', 'known', 'known', 'newer', 'newer', 'too_old']);
  });

  it('is told to people as it is', async () => {
    const options = await prettier.resolveConfig('docs/reference/versions.md');
    expect(await readFile('docs/reference/versions.md', 'utf8')).toBe(
      await prettier.format(versionsDocument(), { ...options, parser: 'markdown' }),
    );
    expect(SECTIONS.flatMap(({ rules }) => rules)).toEqual(Object.keys(RULES));
  });

  it('names versions that stand for others by what sets them apart', () => {
    const kinds = BREAKPOINTS.map(({ version }) => JSON.stringify(rulesFor(version)));
    expect(new Set(kinds).size).toBe(BREAKPOINTS.length);
  });
});

it('orders versions totally', () => {
  const version = fc.record({
    major: fc.nat(3),
    minor: fc.nat(20),
    patch: fc.nat(5),
    nightly: fc.option(fc.integer({ min: 1, max: 900 }), { nil: null }),
  });
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(compareVersions(a, b)).toBe(0 - compareVersions(b, a));
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});
