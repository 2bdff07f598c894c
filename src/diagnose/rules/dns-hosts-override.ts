import { certain } from '../confidence.js';
import { remedy } from '../remedies.js';
import { hostList, list, quote, sentence } from '../text.js';
import { defineRule, type Draft, type FindingRule } from '../rule.js';
import { dnsCases } from './dns-cases.js';

/** The hosts file answers for a name, and the resolvers say something else. */
export const dnsHostsOverride = defineRule({
  id: 'dns.hosts_override',
  title: 'The hosts file overrides the resolvers',
  blames: 'host',
  confidence: [certain('read')],
  requires: ['read_host_network', 'dns_query'],
  evaluate(ev) {
    const network = ev.hostNetwork;
    if (network === null) return [];
    return dnsCases(ev).flatMap(({ host, resolve, answers, legs }): Draft[] => {
      const lines = network.hostsOverrides.filter(({ name }) => name.toLowerCase() === host);
      if (lines.length === 0) return [];
      const given = new Set(lines.map(({ address }) => address));
      const others = answers.filter(({ kind }) => kind === 'addresses').flatMap(({ addresses }) => addresses);
      if (others.some((address) => given.has(address))) return [];
      const attempts = ev.path.filter(
        (attempt) => attempt.host === host && attempt.address !== null && given.has(attempt.address),
      );
      return [
        {
          subject: {
            hosts: [host],
            addresses: [...given],
            legs: legs ?? [],
            file: { path: '/etc/hosts', line: lines[0]?.line ?? null },
          },
          evidence: [
            network.id,
            ...(resolve === null ? [] : [resolve.id]),
            ...attempts.flatMap(({ connect }) => connect?.id ?? []),
          ],
          explains: attempts.filter(wentWrong(ev)).flatMap(({ steps }) => steps.map(({ id }) => id)),
          tags: ['read'],
          data: { given: [...given], resolversSay: [...new Set(others)], line: lines[0]?.line ?? null },
        },
      ];
    });
  },
  describe(cause) {
    const said = (cause.data['resolversSay'] as readonly string[] | undefined) ?? [];
    const line = cause.data['line'];
    return {
      title: `/etc/hosts overrides the address of ${hostList(cause)}`,
      why: sentence(
        `Line ${line === null ? '?' : String(line)} of /etc/hosts gives ${list(cause.subject.addresses.map((address) => quote(address)))}; ${said.length === 0 ? 'no resolver gave an answer to compare with' : `the resolvers give ${list(said)}`}.`,
        cause.severity === 'notes' && 'It works today, and will fail when the addresses of the cloud change.',
      ),
      remedies: [
        remedy('host', 'Remove the entry from /etc/hosts: the addresses of the cloud change.', {
          command: 'grep -n netdata /etc/hosts',
        }),
      ],
    };
  },
});

/** An attempt of which some leg gets no further. */
function wentWrong(ev: Parameters<FindingRule['evaluate']>[0]) {
  const stops = new Set(
    ev.predictions.flatMap(({ stops: at, outcome }) => (at === null || outcome === 'will_work' ? [] : [at])),
  );
  return ({ steps }: { readonly steps: readonly { readonly id: string; readonly failure: unknown }[] }): boolean =>
    steps.some(({ id, failure }) => failure !== null || stops.has(id));
}
