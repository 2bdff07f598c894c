import type { ControlPlan, Suspicion } from '../types.js';

type TlsPlan = Extract<ControlPlan, { readonly do: 'tls' }>;

/** A handshake like the suspected one, in all but what is named. `apart`: what tells it from others of its kind. */
export function handshake(
  kind: ControlPlan['kind'],
  { target, route, address }: Suspicion,
  apart: string,
  other: Partial<Pick<TlsPlan, 'address' | 'sni' | 'expectedName' | 'variant'>>,
): TlsPlan {
  const same = { address, sni: target.host, expectedName: target.host, variant: 'agent' } as const;
  return { key: `${kind}:${apart}`, kind, do: 'tls', route, target, ...same, ...other };
}
