/** Judges the answers of all resolvers: what may enter, what may not and why, and whether a name answered well. Pure. */
import { isOwn, type Answer, type WantedHost } from '../../core/allow-list.js';
import { rejectReason } from '../../core/bogons.js';
import { parsePrefix, tryParsePrefix } from '../../core/cidr.js';
import type { NameAnswer } from './state.js';

export type LookupStatus = 'ok' | 'nodata' | 'nxdomain' | 'servfail' | 'refused' | 'timeout' | 'failed';

/** What one resolver said about one name, both families together. */
export interface LookupResult {
  readonly fqdn: string;
  /** `192.0.2.53`, `192.0.2.53:5353` or `system resolver`. */
  readonly resolver: string;
  readonly status: LookupStatus;
  readonly answers: readonly Answer[];
}

export interface JudgedAnswers {
  readonly names: readonly NameAnswer[];
  readonly rejected: readonly { readonly fqdn: string; readonly address: string; readonly reason: string }[];
}

/**
 * A name is good when at least one resolver gave it addresses and no part of that answer failed. NXDOMAIN or
 * NODATA of one resolver beside a good answer of another means nothing; alone it is a failure, not an emptiness.
 */
export function judgeAnswers(
  hosts: readonly WantedHost[],
  results: readonly LookupResult[],
  options: { readonly accepted: readonly string[]; readonly provenOnly: boolean },
): JudgedAnswers {
  const accepted = options.accepted.map((text) => parsePrefix(text));
  const rejected = new Map<string, { fqdn: string; address: string; reason: string }>();
  const names = hosts.map((host): NameAnswer => {
    const mine = results.filter((row) => row.fqdn === host.fqdn);
    const answers: Answer[] = [];
    for (const answer of mine.flatMap((row) => row.answers)) {
      const prefix = tryParsePrefix(answer.address);
      const reason =
        'problem' in prefix
          ? prefix.problem
          : (rejectReason(prefix, isOwn(host) ? [...accepted, prefix] : accepted) ??
            (options.provenOnly && !isOwn(host) && !answer.proven
              ? 'no valid certificate for the name was seen there'
              : null));
      if (reason === null) answers.push(answer);
      else
        rejected.set(`${host.fqdn} ${answer.address}`, {
          fqdn: host.fqdn,
          address: answer.address.slice(0, 80),
          reason,
        });
    }
    return {
      fqdn: host.fqdn,
      good: mine.some((row) => row.status === 'ok' && row.answers.some((answer) => answers.includes(answer))),
      failures: mine.filter((row) => row.status !== 'ok').map((row) => `${row.resolver}: ${row.status}`),
      answers,
    };
  });
  return { names, rejected: [...rejected.values()] };
}
