/**
 * The form of the dnsmasq target for hosts with iptables: `ipset=` lines, empty sets whose entries time out, and
 * rules that look into them. Sources: dnsmasq(8) 2.90, --ipset; ipset(8) 7.17; iptables-extensions(8), set.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { IPT_CHAIN, IPT_CHAIN_IN, MARKER } from '../core/names.js';
import type { RuleOptions } from '../core/target.js';
import { installLines, iptablesComment, portMatches, uninstallLines } from './shared/iptables-rules.js';
import { ipsetName } from './ipset.js';

function setOf(family: 4 | 6): string {
  return ipsetName(family, { suffix: '' });
}

export function ipsetSnippet(names: readonly string[], options: RuleOptions): string {
  const sets = options.families.map(setOf).join(',');
  return names.map((name) => `ipset=/${name}/${sets}\n`).join('');
}

function rules(ports: readonly number[], options: RuleOptions, family: 4 | 6): string {
  const accept = (chain: string, match: string, why: string): string =>
    `-A ${chain} ${match} ${iptablesComment(why)} -j ACCEPT`;
  const nd = (family === 6 ? ['135', '136'] : []).flatMap((type) =>
    [IPT_CHAIN, IPT_CHAIN_IN].map((chain) =>
      accept(chain, `-p ipv6-icmp -m icmp6 --icmpv6-type ${type}`, 'neighbour discovery'),
    ),
  );
  // The last packets of a connection have no socket any more, hence no owner: they follow its state.
  const who =
    options.user === null ? [''] : [' -m conntrack --ctstate ESTABLISHED', ` -m owner --uid-owner ${options.user}`];
  const out = portMatches(ports, 'd').flatMap((match) =>
    who.map((extra) => accept(IPT_CHAIN, `-m set --match-set ${setOf(family)} dst -p tcp ${match}${extra}`, 'dnsmasq')),
  );
  const back = portMatches(ports, 's').map((match) =>
    accept(
      IPT_CHAIN_IN,
      `-m set --match-set ${setOf(family)} src -p tcp ${match} -m conntrack --ctstate ESTABLISHED`,
      'replies',
    ),
  );
  const chains = [IPT_CHAIN, IPT_CHAIN_IN].map((chain) => `:${chain} - [0:0]`);
  return `*filter\n${[...chains, ...nd, ...out, ...back].join('\n')}\nCOMMIT\n`;
}

/** Sets and rules; `head` opens every file. */
export function ipsetFiles(ports: readonly number[], options: RuleOptions, head: string): readonly RenderedFile[] {
  const seconds = options.settings['timeout'] ?? '86400';
  const sets = options.families.map(
    (family) =>
      `create ${setOf(family)} hash:net family ${family === 4 ? 'inet' : 'inet6'} maxelem 65536 timeout ${seconds} comment -exist\n`,
  );
  return [
    { name: `${MARKER}.ipset`, content: head + sets.join(''), mode: 0o644 },
    ...options.families.map((family): RenderedFile => ({
      name: `${MARKER}.v${String(family)}.rules`,
      content: head + rules(ports, options, family),
      mode: 0o644,
    })),
  ];
}

export function ipsetInstall(options: RuleOptions): string {
  // What dnsmasq put into the sets stays: it would not say it again before the next question.
  return `ipset restore -exist <"$dir/${MARKER}.ipset"\n${installLines(options, options.families)}`;
}

export function ipsetUninstall(options: RuleOptions): string {
  return `${uninstallLines([4, 6])}for set in ${options.families.map(setOf).join(' ')}; do\n\tif ipset list -n "$set" >/dev/null 2>&1; then ipset destroy "$set"; fi\ndone\n`;
}
