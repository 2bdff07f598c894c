import { rcodeRule } from './dns-rcode.js';

export const dnsRefused = rcodeRule({
  id: 'dns.refused',
  kind: 'refused',
  rcode: 'REFUSED',
  title: (hosts) => `The resolver refuses to answer for ${hosts}`,
  saw: (who, hosts) => `${who} answered REFUSED for ${hosts}`,
  not: 'The resolver is reached and works; by its own rules it does not serve this host, or not for these names.',
  ask: "Ask the DNS team to let this host's address recurse (allow-query, access-control), or point the host to the resolver that is meant for it.",
});
