import { certain, likely } from '../confidence.js';
import { remedy } from '../remedies.js';
import { sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { dnsCases } from './dns-cases.js';

/** Name services of the C library that ask a resolver, or somebody who does. */
const ASKS = new Set(['dns', 'resolve', 'mymachines', 'nis', 'ldap', 'sss', 'wins']);

/** Nobody to ask. */
export const hostNoResolver = defineRule({
  id: 'host.no_resolver',
  title: 'This host has no resolver configured',
  blames: 'host',
  confidence: [certain('read'), likely('The resolver configuration: cat /etc/resolv.conf.')],
  requires: ['read_host_network', 'resolve'],
  evaluate(ev) {
    const failed = dnsCases(ev).filter((one) => one.failed && one.resolve !== null);
    const none = ev.hostNetwork !== null && ev.hostNetwork.failure === null && ev.hostNetwork.resolvers.length === 0;
    const told = failed.filter(({ resolve }) => resolve?.failure?.kind === 'dns_no_resolver');
    const services = ev.hostNetwork?.nameServices ?? null;
    const notAsked = services !== null && !services.sources.some((source) => ASKS.has(source));
    const cases = none || notAsked ? failed : told;
    if (cases.length === 0) return [];
    const hosts = new Set(cases.map(({ host }) => host));
    const ids = ev.dns.lookups.filter(({ hostname }) => hosts.has(hostname)).map(({ id }) => id);
    return [
      {
        subject: { hosts: cases.map(({ host }) => host), legs: cases.flatMap(({ legs }) => legs ?? []) },
        evidence: [...ids, ...((none || notAsked) && ev.hostNetwork !== null ? [ev.hostNetwork.id] : [])],
        explains: ids,
        tags: none || notAsked ? ['read'] : [],
        data: notAsked && !none ? { sources: services.sources.join(' '), line: services.line } : {},
      },
    ];
  },
  describe(cause) {
    if (typeof cause.data['sources'] === 'string') {
      return {
        title: 'This host does not ask its resolvers',
        why: sentence(
          `Line ${String(cause.data['line'])} of /etc/nsswitch.conf says "hosts: ${cause.data['sources']}".`,
          'Without "dns" or "resolve" there, the C library looks names up in files only.',
          'dig works because it asks the resolvers itself.',
        ),
        remedies: [
          remedy('host', 'Let the C library ask the resolvers:', {
            lines: [{ file: '/etc/nsswitch.conf', text: 'hosts: files dns' }],
            command: 'getent ahosts app.netdata.cloud',
          }),
        ],
      };
    }
    return {
      title: 'This host has no resolver configured',
      why: sentence(
        cause.tags.has('read')
          ? 'The resolver configuration names no server, or cannot be read, so no name resolves.'
          : 'The operating system says that it has no resolver to ask.',
        'So nothing reached the network.',
      ),
      remedies: [
        remedy('host', 'Name a resolver in the resolver configuration of this host or container.', {
          lines: [{ file: '/etc/resolv.conf', text: 'nameserver RESOLVER' }],
          command: 'cat /etc/resolv.conf; resolvectl status',
        }),
      ],
    };
  },
});
