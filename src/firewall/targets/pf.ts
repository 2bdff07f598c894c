/**
 * pf (FreeBSD, OpenBSD, macOS) as an anchor of its own: a table and quick rules, so that later rules of the main
 * file cannot win. Names are not used: pf resolves them once, when it loads. Sources: docs/reference/firewall.md#pf;
 * pf.conf(5) GRAMMAR, pfctl(8).
 */
import { KEEP, keptFlows, wantsDns } from '../core/keep.js';
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { portGroups, remoteResolvers, type PortGroup } from '../core/views.js';

/** pf table names: at most 31 characters. */
function tableName(group: Pick<PortGroup, 'suffix'>): string {
  return `nd_allow${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`;
}

function ports(group: PortGroup): string {
  return group.ports.length === 1 ? `port ${String(group.ports[0])}` : `port { ${group.ports.join(', ')} }`;
}

const LABEL = `label "${MARKER}"`;

function rules(list: CheckedAllowList, options: RuleOptions): string[] {
  const groups = portGroups(list, options);
  const user = options.user === null ? '' : ` user ${options.user}`;
  const enforce = options.mode === 'enforce';
  const lines = groups.map(
    (group) =>
      `table <${tableName(group)}> persist { ${[...group.v4, ...group.v6].map((endpoint) => endpoint.text).join(', ')} }`,
  );
  if (enforce) lines.push(`pass out quick on lo0 all no state ${LABEL}`);
  if (enforce || groups.some((group) => group.v6.length > 0))
    lines.push(
      `pass out quick inet6 proto icmp6 all icmp6-type { neighbrsol, neighbradv${enforce ? ', routersol' : ''} } ${LABEL}`,
    );
  for (const family of [4, 6] as const)
    for (const { protocol, address, sourcePort, port } of keptFlows(options, family))
      lines.push(
        `pass out quick ${family === 4 ? 'inet' : 'inet6'} proto ${protocol} from any${sourcePort === null ? '' : ` port ${String(sourcePort)}`} ` +
          `to ${address ?? 'any'} port ${String(port)} keep state ${LABEL}`,
      );
  if (wantsDns(options))
    for (const resolver of [...remoteResolvers(list, 4), ...remoteResolvers(list, 6)])
      lines.push(`pass out quick proto { tcp, udp } from any to ${resolver} port 53 keep state ${LABEL}`);
  for (const group of groups)
    lines.push(
      `pass out quick proto tcp from any to <${tableName(group)}> ${ports(group)}${user} flags S/SA keep state ${LABEL}`,
    );
  if (enforce) lines.push(`block return out quick all ${LABEL}`);
  return lines;
}

export const pf: RuleTarget = {
  id: 'pf',
  title: 'pf anchor (FreeBSD, OpenBSD, macOS)',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses', ownerMatch: true, modes: ['allow', 'enforce'] },
  settings: [KEEP],
  render(list, options) {
    const comment = header(pf, list, options);
    const short = shortHeader(pf, list, options);
    const anchors = 'anchors=${PF_ANCHORS:-/etc/pf.anchors}\n';
    const install =
      `${anchors}pfctl -nf "$dir/${MARKER}.pf.conf"\nmkdir -p "$anchors"\ninstall -m 0644 "$dir/${MARKER}.pf.conf" "$anchors/${MARKER}"\n` +
      `# Atomic: the anchor's rules and tables are replaced in one transaction.\npfctl -a ${MARKER} -f "$anchors/${MARKER}"\n` +
      `if ! pfctl -s rules 2>/dev/null | grep -q 'anchor "${MARKER}"'; then\n` +
      `\techo 'put these lines into pf.conf, before your own filter rules, and load it:' >&2\n` +
      `\techo 'anchor "${MARKER}"' >&2\n\techo "load anchor \\"${MARKER}\\" from \\"$anchors/${MARKER}\\"" >&2\nfi\n`;
    const uninstall = `${anchors}pfctl -a ${MARKER} -F all\nrm -f "$anchors/${MARKER}"\n`;
    return [
      {
        name: `${MARKER}.pf.conf`,
        content:
          `${comment}# In pf.conf: anchor "${MARKER}" before your own filter rules, and load anchor "${MARKER}" from this file.\n` +
          `${rules(list, options).join('\n')}\n`,
        mode: 0o644,
      },
      script('install', 'pf', short, install),
      script('uninstall', 'pf', short, uninstall),
    ];
  },
  validators: [
    {
      id: 'pfctl -nf',
      needs: ['pfctl'],
      version: ['uname', '-sr'],
      root: true,
      steps: () => [{ argv: ['pfctl', '-nf', `{file:${MARKER}.pf.conf}`], stdin: null }],
    },
  ],
};
