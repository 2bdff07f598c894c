import { rcodeRule } from './dns-rcode.js';

export const dnsNoData = rcodeRule({
  id: 'dns.no_data',
  kind: 'no_data',
  rcode: 'NOERROR',
  title: (hosts) => `The resolver gives no address for ${hosts}`,
  saw: (who, hosts) => `${who} answered for ${hosts} with success and an empty list, for IPv4 and IPv6`,
  not: 'The name exists for that resolver, only its addresses are missing: a local zone or a filter took them out.',
  ask: 'Ask the DNS team why the name has no address there: a filter that empties answers, or a local zone that lacks the records.',
});
