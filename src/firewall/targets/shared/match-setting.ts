/** For targets that can match names or addresses, as a setting: what each choice cannot express is refused. */
import { isOwn } from '../../core/allow-list.js';
import { RefusalError, type CheckedAllowList, type RuleOptions } from '../../core/target.js';
import { isLiteral } from '../../core/views.js';

/** By names: an address literal (a proxy) has none. */
export function refuseLiterals(target: string, list: CheckedAllowList): void {
  const literal = list.hosts.find((host) => isLiteral(host.fqdn));
  if (literal !== undefined)
    throw new RefusalError(target, 'names_not_supported', `${literal.fqdn} is an address; use --set match=addresses`);
}

/** By addresses: a required name without any would silently be left out. */
export function refuseBare(target: string, list: CheckedAllowList, options: RuleOptions): void {
  const bare = list.hosts.filter(
    (host) => host.required && !host.addresses.some((address) => options.families.includes(address.family)),
  );
  if (bare.length > 0)
    throw new RefusalError(
      target,
      'addresses_missing',
      `no address is known for ${bare.map((host) => host.fqdn).join(', ')}`,
    );
}

/** For firewalls that find the destination's name in the connection itself: the way to a proxy or a Parent carries none. */
export function refuseProxies(target: string, list: CheckedAllowList, why: string): void {
  const proxy = list.hosts.find((host) => isOwn(host) || isLiteral(host.fqdn));
  if (proxy !== undefined)
    throw new RefusalError(
      target,
      'proxy_not_supported',
      `${why}; leave --proxy and --for parent out, or say --proxy none`,
    );
}
