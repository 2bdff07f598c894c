import { certain, likely } from '../confidence.js';
import { UNUSABLE_HOST } from '../../model/route.js';
import { digCommand, remedy } from '../remedies.js';
import { quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { proxyRoutes } from './proxy-cases.js';

/** The proxy's name does not resolve; the cloud's names would not matter. */
export const proxyUnresolvable = defineRule({
  id: 'proxy.unresolvable',
  title: "This host cannot resolve the proxy's name",
  blames: 'proxy',
  confidence: [certain('rcode'), likely('A question to the resolver on the wire.')],
  requires: ['resolve'],
  evaluate(ev) {
    return proxyRoutes(ev).flatMap(({ entry, proxy, legs }): Draft[] => {
      const seen = ev.dns.resolved.get(proxy.host);
      // A proxy value that cannot be used is misread, not unresolvable.
      if (seen === undefined || seen.failure === null || proxy.host === UNUSABLE_HOST) return [];
      const answers = ev.dns.answers.get(proxy.host) ?? [];
      return [
        {
          subject: {
            hosts: [proxy.host],
            routeIds: [entry.id],
            legs,
            resolvers: answers.map(({ resolver }) => resolver),
          },
          evidence: [seen.id, ...answers.flatMap(({ queries }) => queries.map(({ id }) => id))],
          explains: ev.dns.lookups.filter(({ hostname }) => hostname === proxy.host).map(({ id }) => id),
          tags: answers.some(({ queries }) => queries.some(({ rcode }) => rcode !== null)) ? ['rcode'] : [],
          key: entry.id,
          data: { proxy: proxy.host, origin: entry.origin, rcode: answers.map(({ kind }) => kind)[0] ?? null },
        },
      ];
    });
  },
  describe(cause) {
    return {
      // A name nobody knows is more often misspelt than missing; the second step is for the other case.
      blames: 'agent_config',
      title: `This host cannot resolve the proxy's name ${quote(String(cause.data['proxy']))}`,
      why: sentence(
        `No resolver of this host has an address for it; the Agent reads this proxy from ${String(cause.data['origin'])}.`,
        cause.tags.has('rcode') && `The resolver answered: ${String(cause.data['rcode']).replaceAll('_', ' ')}.`,
        'The names of the cloud do not matter here: the proxy resolves them.',
      ),
      remedies: [
        remedy(
          'agent_config',
          'Check the spelling of the proxy name. A full name with its domain, or an address, does not depend on a search list.',
        ),
        remedy('host', 'If the name is right, ask the DNS team why it does not resolve here.', {
          command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]),
        }),
      ],
    };
  },
});
