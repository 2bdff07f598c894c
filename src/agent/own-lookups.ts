import type { AgentInstallation } from '../model/agent.js';
import type { ReadHostNetworkObservation } from '../model/observation.js';

/**
 * Whether the Agent's C library is musl, which knows the hosts file and the nameservers of resolv.conf, and nothing else
 * of the host. Runs saved before the library was kept have only the kind of the build.
 */
export function looksUpLikeMusl({ libc, kind }: AgentInstallation): boolean {
  return libc === undefined ? kind === 'static' : libc === 'musl';
}

/** Longest name with a domain behind it. */
const MAX_NAME = 255;

/**
 * The names that musl asks for before a name as it is: with each domain of `search` behind it, where the name has fewer
 * dots than `ndots`. The first that is not NXDOMAIN ends the look-up, whatever it brought.
 */
export function searchedNames(
  host: string,
  search: ReadHostNetworkObservation['search'] | undefined,
): readonly string[] {
  if (search === undefined || host.endsWith('.')) return [];
  if (host.split('.').length - 1 >= search.ndots) return [];
  return search.domains
    .map((domain) => `${host}.${domain.replace(/\.$/, '')}`)
    .filter((name) => name.length <= MAX_NAME);
}
