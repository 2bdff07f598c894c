import { certain, likely, possible } from '../confidence.js';
import type { TlsHandshakeObservation } from '../../model/observation.js';
import { readClock, SKEW_MS, type DateReading } from '../evidence/clock.js';
import { onlyDatesWrong } from '../../trace/trust.js';
import type { Evidence } from '../evidence.js';
import { remedy } from '../remedies.js';
import { sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { consequences, distrusted, tlsSubject, type TlsCase } from './tls-cases.js';

/** No clock that is right shows a time before this program was written. */
const NOT_BEFORE = Date.parse('2025-06-01T00:00:00Z');

/** The certificates are fine; it is this host that has the wrong date. */
export const hostClockSkew = defineRule({
  id: 'host.clock_skew',
  title: "This host's clock is wrong",
  blames: 'host',
  confidence: [
    certain('genuine_date'),
    likely('A Date header from a peer that is proven genuine.', 'rough_date'),
    possible('A trusted clock: timedatectl, or chronyc tracking.'),
  ],
  requires: ['http_round_trip'],
  asks: (ev) => datesWrong(ev).map(({ tls }) => tls.id),
  evaluate(ev) {
    const readings = readClock(ev.attempts);
    const cases = datesWrong(ev);
    const skewed = readings.filter(({ aheadMs }) => Math.abs(aheadMs) > SKEW_MS);
    const agreed = readings.some(({ aheadMs, genuine }) => genuine && Math.abs(aheadMs) <= SKEW_MS);
    if (agreed) return [];
    const best = skewed[0];
    const explained = cases.filter(({ tls }) => (best === undefined ? tooEarly(ev) : validAt(tls, best.theirs)));
    if (explained.length > 0) return explained.map((one) => caseDraft(one, best, ev));
    return best?.genuine === true ? [noteDraft(best)] : [];
  },
  describe(cause) {
    const ahead = Number(cause.data['skewSeconds'] ?? 0);
    const known = cause.data['skewSeconds'] !== null;
    return {
      title: known
        ? `This host's clock is ${span(ahead)} ${ahead > 0 ? 'slow' : 'fast'}`
        : "This host's clock is wrong",
      why: sentence(
        known
          ? `The Date header of ${cause.tags.has('genuine_date') ? 'the genuine cloud' : 'the server'} is ${span(ahead)} ${ahead > 0 ? 'ahead of' : 'behind'} this host's clock.`
          : 'This host shows a date from before this program was written.',
        cause.explains.size > 0
          ? "The certificate is valid by the server's clock, but not by this host's clock, and nothing else is wrong with it."
          : 'Certificates still pass with this difference; tokens may not, and logs carry the wrong time.',
      ),
      remedies: [
        remedy('host', 'Set the clock, and keep it right with NTP.', {
          command: 'timedatectl set-ntp true; timedatectl',
        }),
        remedy('network', 'If NTP cannot get out, allow UDP 123 to the time servers, or name an internal time server.'),
      ],
    };
  },
});

function datesWrong(ev: Evidence): readonly TlsCase[] {
  return distrusted(ev).filter(({ tls }) => tls.nameMatches !== false && onlyDatesWrong(tls));
}

function validAt({ chain }: TlsHandshakeObservation, at: number): boolean {
  return chain.every(({ notBefore, notAfter }) => Date.parse(notBefore) <= at && at <= Date.parse(notAfter));
}

function tooEarly(ev: Evidence): boolean {
  return Date.parse(ev.input.startedAt) < NOT_BEFORE;
}

function caseDraft(one: TlsCase, reading: DateReading | undefined, ev: Evidence): Draft {
  return {
    subject: tlsSubject(one, ev),
    evidence: [one.tls.id, ...(reading === undefined ? [] : [reading.observation])],
    explains: consequences(one, ev),
    tags: reading === undefined ? [] : [reading.genuine ? 'genuine_date' : 'rough_date'],
    data: { skewSeconds: reading === undefined ? null : Math.round(reading.aheadMs / 1000) },
  };
}

function noteDraft(reading: DateReading): Draft {
  return {
    subject: {},
    evidence: [reading.observation],
    explains: [],
    tags: ['genuine_date'],
    cap: 'notes',
    data: { skewSeconds: Math.round(reading.aheadMs / 1000) },
  };
}

function span(seconds: number): string {
  const abs = Math.abs(seconds);
  if (abs < 7200) return `${String(Math.round(abs / 60))} minutes`;
  if (abs < 172_800) return `${String(Math.round(abs / 3600))} hours`;
  return `${String(Math.round(abs / 86_400))} days`;
}
