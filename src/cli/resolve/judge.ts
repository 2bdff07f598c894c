/** What the answers are worth, as an exit code and one sentence. Pure. */
import type { Observation } from '../../model/observation.js';
import { EXIT, type AddressFacts, type ExitCode } from '../../model/report.js';

export interface ResolveVerdict {
  readonly exitCode: ExitCode;
  readonly text: string;
}

const list = (hosts: readonly string[]): string => hosts.join(', ');

/** 1: no address, or a false one; 3: nothing could be told; 0 otherwise. */
export function judge(
  observations: readonly Observation[],
  hosts: readonly string[],
  addresses: readonly AddressFacts[],
): ResolveVerdict {
  const of = (host: string): readonly AddressFacts[] => addresses.filter((facts) => facts.host === host);
  const missing = hosts.filter((host) => of(host).length === 0);
  if (missing.length > 0) {
    const replies = observations.some((seen) => seen.operation === 'dns_query' && seen.rcode !== null);
    return replies
      ? { exitCode: EXIT.BLOCKED, text: `No address is to be had for ${list(missing)}.` }
      : { exitCode: EXIT.UNDECIDED, text: `No resolver answered: nothing is known of ${list(missing)}.` };
  }
  const lied = hosts.filter((host) => of(host).some((facts) => facts.class === 'sinkhole'));
  if (lied.length > 0)
    return { exitCode: EXIT.BLOCKED, text: `Sinkhole addresses instead of the service: ${list(lied)}.` };
  const isOwn = (host: string): boolean => of(host).every((facts) => facts.class === 'private');
  const doubtful = hosts.filter(
    (host) => !isOwn(host) && of(host).every((facts) => facts.class !== 'known' && facts.class !== 'new_proven'),
  );
  if (doubtful.length > 0)
    return {
      exitCode: EXIT.UNDECIDED,
      text: `No address of ${list(doubtful)} is published or proven by a certificate.`,
    };
  const own = hosts.filter((host) => isOwn(host));
  if (own.length > 0)
    return { exitCode: EXIT.OK, text: `Private addresses: ${list(own)}. Is this a cloud of your own?` };
  return { exitCode: EXIT.OK, text: 'Every name has an address that is published or proven by its certificate.' };
}
