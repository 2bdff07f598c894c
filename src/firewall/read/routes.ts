/** Finds entries of the routing table that stop a connection by themselves: blackhole, prohibit, unreachable (ip-route(8)). */
import type { LocalFirewallRule } from '../../model/observation.js';
import { inPrefix, surest, type Flow, type Hit } from './flow.js';

/** blackhole fails the call (EINVAL); the other two answer like a router (EACCES, EHOSTUNREACH). */
const KINDS: Readonly<Record<string, LocalFirewallRule['action']>> = {
  blackhole: 'drop',
  prohibit: 'reject',
  unreachable: 'reject',
};

/** `text` is what `ip route show table all` prints. Entries for everything (`default`) bite only where a rule leads. */
export function routesThatStop(text: string, flows: readonly Flow[]): readonly LocalFirewallRule[] {
  const hits: Hit[] = [];
  for (const line of text.split('\n')) {
    const [kind = '', prefix = '', ...rest] = line.trim().split(/\s+/);
    const action = KINDS[kind];
    if (action === undefined || prefix === 'default') continue;
    const table = rest[rest.indexOf('table') + 1];
    const where = `routing table ${rest.includes('table') && table !== undefined ? table : 'main'}, ${kind} ${prefix}`;
    for (const flow of flows) {
      if (inPrefix(flow.address, prefix) !== true) continue;
      // A more special entry of another kind would win; what failed at these addresses says that none does.
      hits.push({ flow, rule: { where, text: line.trim().slice(0, 200), action, matches: true, owner: null } });
    }
  }
  return surest(hits);
}
