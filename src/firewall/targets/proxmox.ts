/**
 * Proxmox VE firewall: one IP set per list of ports and a security group, as sections of cluster.fw, and the group at
 * the head of the datacenter's rules, which hold for every node. Sets hold addresses of both families; the firewall
 * parts them itself. Names are not understood. Sources: docs/rules/proxmox.md names Proxmox's pages.
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { safeComment } from '../core/sanitise.js';
import { script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { portGroups, remoteResolvers } from '../core/views.js';
import { groupName } from './shared/destinations.js';

const ID = 'proxmox';
/** xt_multiport, which the rules are made of. */
const PORTS_MAX = 15;
const FILE = `${MARKER}.cluster.fw`;

function sections(list: CheckedAllowList, options: RuleOptions): string[] {
  const groups = portGroups(list, options);
  const sets = groups.flatMap((group) => [
    `[IPSET ${groupName(group.suffix)}] # ${MARKER}`,
    '',
    ...[...group.v4, ...group.v6].map((endpoint) => `${endpoint.text} # ${safeComment(endpoint.names.join(' '), 120)}`),
    '',
  ]);
  const resolvers = options.dns ? options.families.flatMap((family) => remoteResolvers(list, family)) : [];
  const dns = resolvers.flatMap((address) =>
    ['udp', 'tcp'].map((protocol) => `OUT ACCEPT -dest ${address} -p ${protocol} -dport 53 # ${MARKER} dns`),
  );
  const rules = groups.flatMap((group) =>
    Array.from({ length: Math.ceil(group.ports.length / PORTS_MAX) }, (_, index) => {
      const ports = group.ports.slice(index * PORTS_MAX, (index + 1) * PORTS_MAX).join(',');
      return `OUT ACCEPT -dest +${groupName(group.suffix)} -p tcp -dport ${ports} # ${MARKER} netdata cloud`;
    }),
  );
  return [...sets, `[group ${MARKER}] # ${MARKER}`, '', ...dns, ...rules, ''];
}

/** Prints a file without our sections and our line in its rules. */
const STRIP = `strip() {
	awk '
		/^\\[/ { ours = tolower($0) ~ /^\\[(ipset|group) ${MARKER}[^]]*\\]/ }
		ours || /^GROUP ${MARKER}( |$)/ || /^# ${MARKER}/ { next }
		{ print }
	' "$1"
}
`;
const PLACE = 'fw=${PVE_CLUSTER_FW:-/etc/pve/firewall/cluster.fw}\n';
const COMPILE = `if command -v pve-firewall >/dev/null 2>&1; then pve-firewall compile >/dev/null; fi
`;
const TEMPORARY = `new=$(mktemp)
trap 'rm -f "$new" "$new.old"' EXIT
`;

const INSTALL = `${PLACE}${STRIP}${TEMPORARY}if [ -f "$fw" ]; then cat "$fw"; fi >"$new.old"
{
	# In front of the first rule: the first match decides.
	strip "$new.old" | awk '
		{ print }
		toupper($0) ~ /^\\[RULES\\]/ && !done { print ""; print "GROUP ${MARKER} # ${MARKER}"; done = 1 }
		END { if (!done) { print ""; print "[RULES]"; print ""; print "GROUP ${MARKER} # ${MARKER}" } }
	'
	echo
	cat "$dir/${FILE}"
} | awk 'NF || !blank { print } { blank = !NF }' >"$new"
cat "$new" >"$fw"
if ! { ${COMPILE.trim()} }; then
	cat "$new.old" >"$fw"
	echo 'the firewall does not compile with these rules: the file is as it was' >&2
	exit 1
fi
`;

const UNINSTALL = `${PLACE}${STRIP}${TEMPORARY}[ -f "$fw" ] || exit 0
strip "$fw" | awk 'NF || !blank { print } { blank = !NF }' >"$new"
cat "$new" >"$fw"
${COMPILE}`;

export const proxmox: RuleTarget = {
  id: ID,
  title: 'Proxmox VE firewall (cluster.fw)',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses' },
  settings: [],
  render(list, options) {
    const short = shortHeader(proxmox, list, options);
    // Each line of the header starts with the marker, so that uninstalling finds it in the shared file.
    const head = header(proxmox, list, options, `# ${MARKER}: `);
    return [
      {
        name: FILE,
        content: `${head}# ${MARKER}: for the nodes of the cluster; a guest takes the same group in its own rules.\n${sections(list, options).join('\n')}`,
        mode: 0o644,
        role: 'install',
      },
      script('install', ID, short, INSTALL),
      script('uninstall', ID, short, UNINSTALL),
    ];
  },
};
