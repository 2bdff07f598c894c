import { rcodeRule } from './dns-rcode.js';

export const dnsServfail = rcodeRule({
  id: 'dns.servfail',
  kind: 'servfail',
  orKind: 'other_rcode',
  rcode: 'SERVFAIL',
  title: (hosts) => `The resolver failed to look up ${hosts}`,
  saw: (who, hosts) => `${who} answered SERVFAIL for ${hosts}`,
  not: 'The resolver is reached; it could not get the answer itself: it cannot reach its forwarders, or DNSSEC validation fails (a wrong clock there is a usual reason).',
  ask: 'Ask the DNS team: the resolver cannot complete the lookup. Its log says whether its forwarder, the way out on port 53, or DNSSEC validation is to blame.',
});
