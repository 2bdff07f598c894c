import type { Leg } from '../../model/route.js';
import { endpointsInUse } from './endpoints-in-use.js';
import type { PredictInput } from './input.js';
import { LegView, type Chain } from './view.js';

export interface LegChain extends Chain {
  readonly address: string;
}

/**
 * The connections that were made on a leg's own path, one per address tried, each with all its steps, in the order in
 * which the OS resolver gave the addresses (unknown ones last).
 */
export function legChains(input: PredictInput, leg: Leg): readonly LegChain[] {
  const view = new LegView(input, leg, endpointsInUse(input)[leg]);
  const order = view.resolutions(view.peer.host)[0]?.addresses.map(({ address }) => address) ?? [];
  const rank = (address: string): number => {
    const index = order.indexOf(address);
    return index < 0 ? order.length : index;
  };
  return view
    .chains()
    .map((chain) => ({ ...chain, address: chain.connect.address ?? view.peer.host }))
    .sort((a, b) => rank(a.address) - rank(b.address));
}
