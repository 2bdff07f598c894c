import { rcodeRule } from './dns-rcode.js';

export const dnsNxdomain = rcodeRule({
  id: 'dns.nxdomain',
  kind: 'nxdomain',
  rcode: 'NXDOMAIN',
  title: (hosts) => `The resolver says that ${hosts} does not exist`,
  saw: (who, hosts) => `${who} answered NXDOMAIN for ${hosts}`,
  not: 'The resolver is reached and answers, and it did not fail: it denies the name, as a filter does or a zone of its own that shadows the real one.',
  ask: 'Ask the DNS team to let these names resolve: a filter list, a response policy zone or a local zone for the domain hides them.',
});
