/** Policies of IPsec (ip-xfrm(8)): `action block` refuses the call itself, and no firewall rule shows it. */
import type { Flow } from './flow.js';
import type { Stop } from './routes.js';
import { addressOf, point, spanOf, within } from './spans.js';

/** Text of `ip xfrm policy`; null = it is no such text. */
export function hasPolicies(text: string): boolean {
  return /^src \S+ dst \S+/m.test(text);
}

export function policiesThatStop(text: string, flows: readonly Flow[]): readonly Stop[] {
  return text.split(/^(?=src )/m).flatMap((block): Stop[] => {
    const [first = '', ...rest] = block.split('\n');
    const [, source = '', destination = '', selector = ''] = /^src (\S+) dst (\S+)(.*)$/.exec(first) ?? [];
    if (!rest.some((line) => /^\s+dir out action block\b/.test(line))) return [];
    const [from, to] = [spanOf(source), spanOf(destination)];
    const hit = flows.filter(({ address, route, protocol, port }) => {
      const value = addressOf(address);
      if (from === null || to === null || value === null || typeof value !== typeof to.lo) return false;
      if (within(point(value), to) !== true) return false;
      const own = route?.source == null ? null : addressOf(route.source);
      if (own !== null && within(point(own), from) !== true) return false;
      const proto = /\bproto (\S+)/.exec(selector)?.[1] ?? protocol;
      const dport = /\bdport (\d+)/.exec(selector)?.[1] ?? String(port);
      return proto === protocol && dport === String(port) && !/\bsport\b/.test(selector);
    });
    return hit.length === 0
      ? []
      : [{ where: `IPsec policy to ${destination}`, text: first.trim().slice(0, 200), action: 'drop', flows: hit }];
  });
}
