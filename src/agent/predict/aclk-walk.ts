import { fails, toBlame, unseen, type Stop } from './judged.js';
import type { PredictRules } from './rules.js';
import { tookMs } from '../../trace/silence.js';
import { familyOf, leavesWaiting, type Chain, type LegView } from './view.js';

/** An address that was tried in vain, and what that cost the Agent, s. */
interface Passed {
  readonly connect: Chain['connect'];
  readonly seconds: number;
}

export type AclkWalk =
  | { readonly kind: 'connected'; readonly chain: Chain; readonly passed: readonly Passed[] }
  | {
      readonly kind: 'stopped';
      readonly stop: Stop;
      readonly passed: readonly Passed[];
      readonly ipv6Timeout: boolean;
    };

/** Seconds that a silent address costs on a leg. */
export function silentSeconds(leg: LegView['leg'], rules: PredictRules): number {
  return leg === 'link' ? rules.silentSecondsOnLink : rules.silentSecondsOnHttps;
}

/**
 * Tries addresses as the link does (docs/reference/agent.md#tcp-connect): one by one; a refusal goes on to the next
 * address, and before 2.1.0 so do a silent address and a socket that cannot be made, which end the attempt since.
 *
 * @param skipIpv6 whether an earlier time-out of this session has switched IPv6 off
 */
export function walkAsAclk(view: LegView, order: readonly string[], skipIpv6: boolean, rules: PredictRules): AclkWalk {
  const passed: Passed[] = [];
  const { timeoutEndsLoop } = rules;
  let ipv6Timeout = false;
  const stopped = (stop: Stop): AclkWalk => ({ kind: 'stopped', stop, passed, ipv6Timeout });
  for (const address of order) {
    if (skipIpv6 && familyOf(address) === 6) continue;
    const chain = view.chain(address);
    if (chain === null) return stopped(unseen());
    const { connect } = chain;
    if (connect.failure === null) return { kind: 'connected', chain, passed };
    const silent = leavesWaiting(connect);
    const seconds = silent ? silentSeconds(view.leg, rules) : tookMs(connect) / 1000;
    if (silent && familyOf(address) === 6) ipv6Timeout = rules.remembersIpv6Timeout;
    if (timeoutEndsLoop && silent) return stopped(fails('tcp.timeout_ends_loop', connect, seconds));
    if (timeoutEndsLoop && connect.failure.kind === 'address_family_not_supported') {
      return stopped(fails('tcp.socket_failed_ends_loop', connect));
    }
    passed.push({ connect, seconds });
  }
  const blamed = passed.findLast(({ connect }) => leavesWaiting(connect)) ?? blameOf(passed);
  if (blamed !== undefined) {
    passed.splice(passed.indexOf(blamed), 1);
    const rule = leavesWaiting(blamed.connect) ? 'tcp.all_silent' : 'tcp.refused';
    return stopped(fails(rule, blamed.connect, leavesWaiting(blamed.connect) ? blamed.seconds : 0));
  }
  // Only IPv6 addresses, and IPv6 is switched off: nothing is tried, for ever (docs/reference/agent.md#t3).
  const skipped = order.map((address) => view.chain(address)?.connect).find((connect) => connect !== undefined);
  if (skipped === undefined) return stopped(unseen());
  return stopped(fails('tcp.ipv6_switched_off', skipped));
}

function blameOf(passed: readonly Passed[]): Passed | undefined {
  const blamed = toBlame(passed.map(({ connect }) => connect));
  return passed.find(({ connect }) => connect === blamed);
}
