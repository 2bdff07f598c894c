import type { AgentInstallation } from '../model/agent.js';

/**
 * Whether the Agent's C library is musl, which knows the hosts file and the nameservers of resolv.conf, and nothing else
 * of the host. Runs saved before the library was kept have only the kind of the build.
 */
export function looksUpLikeMusl({ libc, kind }: AgentInstallation): boolean {
  return libc === undefined ? kind === 'static' : libc === 'musl';
}
