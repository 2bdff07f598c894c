import { remedy } from '../remedies.js';
import { sentence } from '../text.js';
import type { Rule } from '../types.js';
import { dnsCases } from './dns-cases.js';

/** Nobody to ask. */
export const hostNoResolver: Rule = {
  id: 'host.no_resolver',
  requires: ['read_host_network', 'resolve'],
  evaluate(ev) {
    const failed = dnsCases(ev).filter((one) => one.failed && one.resolve !== null);
    const none = ev.hostNetwork !== null && ev.hostNetwork.failure === null && ev.hostNetwork.resolvers.length === 0;
    const told = failed.filter(({ resolve }) => resolve?.failure?.kind === 'dns_no_resolver');
    const cases = none ? failed : told;
    if (cases.length === 0) return [];
    const hosts = new Set(cases.map(({ host }) => host));
    const ids = ev.dns.lookups.filter(({ hostname }) => hosts.has(hostname)).map(({ id }) => id);
    return [
      {
        subject: { hosts: cases.map(({ host }) => host), legs: cases.flatMap(({ legs }) => legs ?? []) },
        evidence: [...ids, ...(none && ev.hostNetwork !== null ? [ev.hostNetwork.id] : [])],
        explains: ids,
        tags: none ? ['read'] : [],
      },
    ];
  },
  describe(cause) {
    return {
      title: 'This host has no resolver configured',
      why: sentence(
        cause.tags.has('read')
          ? 'The resolver configuration names no server (or cannot be read), so no name can be looked up.'
          : 'The operating system says that it has no resolver to ask.',
        'The network was not even tried.',
      ),
      remedies: [
        remedy('host', 'Name a resolver in the resolver configuration of this host or container.', {
          lines: [{ file: '/etc/resolv.conf', text: 'nameserver RESOLVER' }],
          command: 'cat /etc/resolv.conf; resolvectl status',
        }),
      ],
    };
  },
};
