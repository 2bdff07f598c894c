/** Slow, lossy and dead told apart: every threshold at both of its sides. */
import { describe, expect, it } from 'vitest';
import { isFullSizeLost, losesFullSize } from '../../../src/trace/full-size.js';
import { isCutOff, isLost } from '../../../src/trace/silence.js';
import { tellingConnectMs } from '../../../src/trace/timing.js';
import { traceOf } from '../../../src/trace/trace.js';
import { LOST, scene, type Scene, type Steps } from '../../helpers/observations.js';

const took = (ms: number) => ({ t0Ms: 0, tMs: ms });
const SILENT = 'generic_timeout_error';
const ADDRESS = '203.0.113.1';

describe('how long a SYN may stay unanswered', () => {
  it.each([
    [[], 3000],
    [[5, 40], 3000],
    [[5, 949], 3000],
    [[5, 950], 7500],
    [[5, 1260], 7500],
    [[5, 1261], 3000],
    [[5, 2949], 3000],
    [[5, 3100], 7500],
    [[5, 7010], 7500],
    [[499, 899], 3000],
    [[500, 899], 3000],
    [[610], 3050],
    [[3000, 3100], 15_000],
  ])('connections took %j ms: %d ms', (connections, ms) => {
    expect(tellingConnectMs(connections)).toBe(ms);
  });
});

describe('lost or late', () => {
  it.each([
    [undefined, false],
    [{ bytes: 0, retransmits: 9 }, false],
    [{ bytes: 1, retransmits: 2 }, false],
    [{ bytes: 1, retransmits: 3 }, true],
  ])('%j: lost %s', (unacknowledged, lost) => {
    expect(isLost(unacknowledged === undefined ? {} : { unacknowledged })).toBe(lost);
  });

  it.each([
    [{ acknowledged: true }, false],
    [{ acknowledged: null }, false],
    [{ acknowledged: false }, true],
    [{ acknowledged: false, unacknowledged: { bytes: 7000, retransmits: 2 } }, false],
    [{ acknowledged: false, unacknowledged: { bytes: 7000, retransmits: 3 } }, true],
  ])('full segments, %j: lost %s', (over, lost) => {
    const steps = scene().on({ leg: 'env' });
    const write = steps.fullSizeWrite(steps.connectOk(ADDRESS), false);
    expect(isFullSizeLost({ ...write, ...over })).toBe(lost);
  });
});

describe('a control that was cut off', () => {
  const silence = (ms: number, over: object = {}) => {
    const steps = scene().on({ leg: 'env', role: { kind: 'control', control: 'small_client_hello' } });
    return steps.tlsFails(steps.connectOk(ADDRESS), SILENT, { ...took(ms), ...over });
  };
  it.each([
    [1999, 10, true],
    [2000, 10, false],
    [3999, 1000, true],
    [4000, 1000, false],
  ])('silent for %d ms over a connection of %d ms: %s', (ms, connectMs, cut) => {
    expect(isCutOff(silence(ms), connectMs)).toBe(cut);
  });

  it('is none when the kernel says that its bytes are lost, or when it was on the path', () => {
    expect(isCutOff(silence(1000, LOST), 10)).toBe(false);
    const steps = scene().on({ leg: 'env' });
    expect(isCutOff(steps.tlsFails(steps.connectOk(ADDRESS), SILENT, took(1000)), 10)).toBe(false);
  });

  it.each([
    [3000, 11_999, false],
    [3000, 12_000, true],
    [400, 1999, false],
    [400, 2000, true],
  ])('over a connection of %d ms, silent for %d ms, is part of the trace: %s', (connectMs, ms, part) => {
    const seen = scene();
    const steps = seen.on({ leg: 'env', role: { kind: 'control', control: 'small_client_hello' } });
    steps.tlsFails(steps.connectOk(ADDRESS, took(connectMs)), SILENT, took(ms));
    const [attempt] = traceOf({ observations: seen.observations, targets: [] }).attempts;
    expect(attempt?.connect).not.toBeNull();
    expect(attempt?.tls !== null).toBe(part);
  });
});

describe('packets of full size', () => {
  const control = (seen: Scene, kind: 'short_answer' | 'large_client_hello'): Steps =>
    seen.on({ leg: 'env', role: { kind: 'control', control: kind } });
  const stalled = (over: object, short = true, large: object = LOST): boolean => {
    const seen = scene();
    const steps = seen.on({ leg: 'env' });
    steps.tlsFails(steps.connectOk(ADDRESS), SILENT, { ...took(10_000), ...over });
    if (short) {
      const answered = control(seen, 'short_answer');
      answered.tlsFails(answered.connectOk(ADDRESS), 'ssl_alert', { gotServerBytes: true, alert: 40 });
    }
    const hello = control(seen, 'large_client_hello');
    hello.tlsFails(hello.connectOk(ADDRESS), SILENT, { ...took(4000), ...large });
    const { attempts } = traceOf({ observations: seen.observations, targets: [] });
    const [own] = attempts;
    return own !== undefined && losesFullSize(attempts, own);
  };
  const ARRIVED = { unacknowledged: { bytes: 0, retransmits: 0 } };

  it('are lost where a large ClientHello never arrives and the ordinary one does', () => {
    expect(stalled(ARRIVED)).toBe(true);
  });

  it.each([
    ['the ordinary one does not arrive either', stalled(LOST)],
    ['nobody knows whether it arrived', stalled({})],
    ['short answers do not come back', stalled(ARRIVED, false)],
    ['the large one may only be late', stalled(ARRIVED, true, { unacknowledged: { bytes: 1700, retransmits: 2 } })],
  ])('prove nothing where %s', (_, lost) => {
    expect(lost).toBe(false);
  });
});
