/** Reads this host's own ruleset when a connection failed, and says which rule would bite it. */
import { iptablesRulesThatStop, parseIpsets } from '../../firewall/read/iptables-save.js';
import { routesThatStop } from '../../firewall/read/routes.js';
import { nftRulesThatStop } from '../../firewall/read/nft-ruleset.js';
import type { Flow } from '../../firewall/read/flow.js';
import type { LocalFirewallRule, Observation, ReadLocalFirewallObservation } from '../../model/observation.js';
import type { IdSource } from '../../probe/run-context.js';
import { runProgram, type ProgramResult } from './run-program.js';

const TIMEOUT_MS = 2000;

/** Whom the probes ran as: rules may match owners. */
export interface Owner {
  readonly uid: number | null;
  readonly gid: number | null;
}

/** Nothing is read when every connection worked. */
export async function readLocalFirewall(
  ids: IdSource,
  now: () => number,
  probed: readonly Observation[],
  owner: Owner,
): Promise<readonly Observation[]> {
  const flows = failedFlows(probed, owner);
  if (flows.length === 0 || process.platform !== 'linux') return [];
  const t0Ms = now();
  const [routes4, routes6, nft, listing, sets, v4, v6, legacy4, legacy6] = await Promise.all([
    runProgram('ip', ['-4', 'route', 'show', 'table', 'all'], TIMEOUT_MS),
    runProgram('ip', ['-6', 'route', 'show', 'table', 'all'], TIMEOUT_MS),
    runProgram('nft', ['-j', 'list', 'ruleset'], TIMEOUT_MS),
    runProgram('nft', ['-a', 'list', 'ruleset'], TIMEOUT_MS),
    runProgram('ipset', ['save'], TIMEOUT_MS),
    runProgram('iptables-nft-save', [], TIMEOUT_MS),
    runProgram('ip6tables-nft-save', [], TIMEOUT_MS),
    runProgram('iptables-legacy-save', [], TIMEOUT_MS),
    runProgram('ip6tables-legacy-save', [], TIMEOUT_MS),
  ]);
  const make = (
    manager: string,
    rules: readonly LocalFirewallRule[],
    failure: ProgramResult | null,
  ): ReadLocalFirewallObservation => ({
    id: ids.next('read_local_firewall'),
    operation: 'read_local_firewall',
    transactionId: 'host',
    targetId: null,
    leg: null,
    routeId: null,
    role: { kind: 'path' },
    address: null,
    t0Ms,
    tMs: now(),
    failure:
      failure === null || failure.ok
        ? null
        : {
            kind: failure.why === 'missing' ? 'not_supported' : 'not_permitted',
            operation: 'read_local_firewall',
            rawCode: null,
            detail: failure.detail,
          },
    manager,
    rules,
  });
  const seen: Observation[] = [];
  const iptablesReads = v4.ok && v6.ok;
  const nftRules = nft.ok
    ? nftRulesThatStop(nft.stdout, flows, {
        skipIptables: iptablesReads,
        both: true,
        listing: listing.ok ? listing.stdout : null,
      })
    : [];
  const ipsets = parseIpsets(sets.ok ? sets.stdout : '');
  if (nft.ok || nft.why !== 'missing') seen.push(make('nftables', nftRules ?? [], nft.ok ? null : nft));
  const saves = [
    { manager: 'iptables (nft)', four: v4, six: v6 },
    { manager: 'iptables (legacy)', four: legacy4, six: legacy6 },
  ];
  for (const { manager, four, six } of saves) {
    const rules = [
      ...(four.ok ? iptablesRulesThatStop(four.stdout, 'iptables', flows, ipsets, true) : []),
      ...(six.ok ? iptablesRulesThatStop(six.stdout, 'ip6tables', flows, ipsets, true) : []),
    ];
    const failure = [four, six].find((result) => !result.ok && result.why !== 'missing') ?? null;
    if (four.ok || six.ok || failure !== null) seen.push(make(manager, rules, rules.length > 0 ? null : failure));
  }
  const routes = [routes4, routes6].flatMap((result) => (result.ok ? [result.stdout] : [])).join('\n');
  const dead = routesThatStop(routes, flows);
  // Most hosts have none: then there is nothing to tell.
  if (dead.length > 0) seen.push(make('routing', dead, null));
  return seen;
}

function failedFlows(probed: readonly Observation[], { uid, gid }: Owner): readonly Flow[] {
  const flows = new Map<string, Flow>();
  for (const seen of probed) {
    if (seen.operation !== 'connect' || seen.failure === null || seen.address === null) continue;
    if (seen.role.kind === 'control') continue;
    flows.set(`${seen.address} ${String(seen.port)}`, { address: seen.address, port: seen.port, uid, gid });
  }
  return [...flows.values()].slice(0, 64);
}
