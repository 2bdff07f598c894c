import { fails, toBlame, unseen, type Stop } from './judged.js';
import { familyOf, leavesWaiting, type Chain, type LegView } from './view.js';

/** 10 s in connect() and 10 s in poll() (docs/reference/agent.md#tcp-connect, #seen-5). */
export const SILENT_ADDRESS_SECONDS = 20;

export type AclkWalk =
  | { readonly kind: 'connected'; readonly chain: Chain; readonly refused: readonly Chain[] }
  | {
      readonly kind: 'stopped';
      readonly stop: Stop;
      readonly refused: readonly Chain[];
      readonly ipv6Timeout: boolean;
    };

/**
 * Tries addresses as the link does (docs/reference/agent.md#tcp-connect): one by one; a refusal goes on to the next
 * address, a silent address or a socket that cannot be made ends the attempt.
 *
 * @param skipIpv6 whether an earlier time-out of this session has switched IPv6 off
 */
export function walkAsAclk(view: LegView, order: readonly string[], skipIpv6: boolean): AclkWalk {
  const refused: Chain[] = [];
  const stopped = (stop: Stop, ipv6Timeout = false): AclkWalk => ({ kind: 'stopped', stop, refused, ipv6Timeout });
  for (const address of order) {
    if (skipIpv6 && familyOf(address) === 6) continue;
    const chain = view.chain(address);
    if (chain === null) return stopped(unseen());
    const { connect } = chain;
    if (connect.failure === null) return { kind: 'connected', chain, refused };
    if (leavesWaiting(connect)) {
      return stopped(fails('tcp.timeout_ends_loop', connect, SILENT_ADDRESS_SECONDS), familyOf(address) === 6);
    }
    if (connect.failure.kind === 'address_family_not_supported') {
      return stopped(fails('tcp.socket_failed_ends_loop', connect));
    }
    refused.push(chain);
  }
  const blamed = toBlame(refused.map(({ connect }) => connect));
  if (blamed !== undefined) {
    const others = refused.filter(({ connect }) => connect !== blamed);
    return { kind: 'stopped', stop: fails('tcp.refused', blamed), refused: others, ipv6Timeout: false };
  }
  // Only IPv6 addresses, and IPv6 is switched off: nothing is tried, for ever (docs/reference/agent.md#t3).
  const skipped = order.map((address) => view.chain(address)?.connect).find((connect) => connect !== undefined);
  if (skipped === undefined) return stopped(unseen());
  return stopped(fails('tcp.ipv6_switched_off', skipped));
}
