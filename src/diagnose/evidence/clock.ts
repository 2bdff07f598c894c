/** This host's clock against the Date headers of the peers. */
import type { Attempt } from '../../trace/attempts.js';
import { hasChain, isGenuine, onlyDatesWrong } from '../../trace/trust.js';
import { header } from './pages.js';

export interface DateReading {
  readonly observation: string;
  /** Theirs minus ours, ms; positive = this host is slow. */
  readonly aheadMs: number;
  /** Wall clock by the peer, ms since 1970. */
  readonly theirs: number;
  /** The peer has a valid certificate for its name, dates aside. */
  readonly genuine: boolean;
}

/** More than this apart is a skew; HTTP dates are whole seconds and answers may be cached for moments. */
export const SKEW_MS = 60_000;

/** Readings of genuine peers first. Caches announce themselves with an Age, and are left out. */
export function readClock(attempts: readonly Attempt[]): readonly DateReading[] {
  const readings = attempts.flatMap((attempt): DateReading[] => {
    const answer = attempt.http ?? attempt.ws;
    if (answer === null || answer.receivedAt === null) return [];
    const date = header(answer.headers, 'date');
    if (date === null || Number(header(answer.headers, 'age') ?? '0') > 30) return [];
    const theirs = /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/u.test(date)
      ? Date.parse(date)
      : Number.NaN;
    const ours = Date.parse(answer.receivedAt);
    if (Number.isNaN(theirs) || Number.isNaN(ours)) return [];
    const { tls } = attempt;
    const genuine = isGenuine(tls) || (hasChain(tls) && tls.nameMatches === true && onlyDatesWrong(tls));
    return [{ observation: answer.id, aheadMs: theirs - ours, theirs, genuine }];
  });
  return readings.sort((a, b) => Number(b.genuine) - Number(a.genuine));
}
