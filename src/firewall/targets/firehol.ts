/**
 * FireHOL 3: a file to source at the top of firehol.conf, and one word inside the interface. FireHOL's own policy
 * is the default-deny, so there is no mode enforce. Sources: docs/reference/firewall.md#firehol; firehol.conf(5),
 * firehol-client(5), firehol-params(5) (dst, uid), firehol-ipset(5), 3.1.7.
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, type StepResult, USUAL } from '../core/target.js';
import { portGroups, remoteResolvers, type PortGroup } from '../core/views.js';

/** FireHOL services and shell functions: letters, digits and underscores. */
function service(group: Pick<PortGroup, 'suffix'>): string {
  return `nd_allow${group.suffix === '' ? '' : `_${group.suffix.replaceAll('-', '_')}`}`;
}

function setName(family: 4 | 6, group: Pick<PortGroup, 'suffix'>): string {
  return `${MARKER}${String(family)}${group.suffix === '' ? '' : `-${group.suffix}`}`;
}

function body(list: CheckedAllowList, options: RuleOptions): string {
  const head: string[] = [];
  const inside: string[] = [];
  const user = options.user === null ? '' : ` uid ${options.user}`;
  for (const group of portGroups(list, options)) {
    const name = service(group);
    head.push(`server_${name}_ports="${group.ports.map((port) => `tcp/${String(port)}`).join(' ')}"`);
    head.push(`client_${name}_ports="default"`);
    for (const family of [4, 6] as const) {
      const endpoints = family === 4 ? group.v4 : group.v6;
      if (endpoints.length === 0) continue;
      const set = setName(family, group);
      head.push(`ipv${String(family)} ipset create ${set} hash:net`);
      for (const endpoint of endpoints) head.push(`ipv${String(family)} ipset add ${set} ${endpoint.text}`);
      inside.push(`client${String(family)} ${name} accept dst ipset:${set}${user}`);
    }
  }
  // Without neighbour discovery no IPv6 packet gets to its gateway.
  if (portGroups(list, options).some((group) => group.v6.length > 0))
    for (const side of ['client6', 'server6']) inside.unshift(`${side} ipv6neigh accept`);
  if (options.dns)
    for (const family of [4, 6] as const)
      for (const resolver of remoteResolvers(list, family))
        inside.push(`client${String(family)} dns accept dst ${resolver}`);
  return `${head.join('\n')}\n\n${MARKER.replace('-', '_')}() {\n${inside.map((line) => `\t${line}\n`).join('')}}\n`;
}

/** firehol ends with 1 also when all is well: its words count. */
function judge(results: readonly StepResult[]): string[] {
  const text = results.map((result) => result.stdout + result.stderr).join('\n');
  const bad = text.split('\n').filter((line) => /\bERROR\b|FAILED|command not found|syntax error/i.test(line));
  if (bad.length > 0) return [bad.join('\n')];
  return /--dport 443|nd-allow|nd_allow/.test(text) ? [] : ['firehol printed no rule of ours'];
}

export const firehol: RuleTarget = {
  id: 'firehol',
  title: 'FireHOL 3',
  group: 'hosts',
  capabilities: { ...USUAL, matches: 'addresses', ownerMatch: true },
  settings: [],
  render(list, options) {
    const short = shortHeader(firehol, list, options);
    const etc = 'etc=${FIREHOL_ETC:-/etc/firehol}\nconf=$etc/firehol.conf\n';
    const line = `source /etc/firehol/${MARKER}.conf # ${MARKER}`;
    const sets = portGroups(list, options).flatMap((group) =>
      ([4, 6] as const).filter((family) => group[`v${family}`].length > 0).map((family) => setName(family, group)),
    );
    // Activating takes packets away for a moment: where only addresses changed, FireHOL swaps the sets instead. The
    // first interface block gets our word; whoever has several puts it where the way out is.
    const install = `${etc}new="$dir/${MARKER}.firehol.conf"
old="$etc/${MARKER}.conf"
# everything but addresses and comments
rules() { grep -v -e '^#' -e '^ipv[46] ipset add ' "$1" || :; }
swap() {
\tlist=$(mktemp)
\tfailed=0
\tfor set in ${sets.join(' ')}; do
\t\tsed -n "s/^ipv[46] ipset add $set //p" "$new" >"$list"
\t\tfirehol ipset_update_from_file "$set" "$list" || failed=1
\tdone
\trm -f "$list"
\treturn "$failed"
}
live() { for set in ${sets.join(' ')}; do ipset list -n "$set" >/dev/null 2>&1 || return 1; done; }
addresses() { grep '^ipv[46] ipset add ' "$1" || :; }
todo=all
if [ -f "$old" ] && grep -q '# ${MARKER}$' "$conf" && [ "$(rules "$old")" = "$(rules "$new")" ] && live; then
\ttodo=addresses
\tif [ "$(addresses "$old")" = "$(addresses "$new")" ]; then todo=nothing; fi
fi
install -m 0644 "$new" "$old"
if [ "$todo" = nothing ]; then exit 0; fi
if [ "$todo" = addresses ] && swap; then exit 0; fi
if ! grep -q '# ${MARKER}$' "$conf"; then
\tsed -e '/^version /a ${line}' -e '0,/^interface/{/^interface/a nd_allow # ${MARKER}' -e '}' "$conf" >"$conf.${MARKER}-new"
\tcat "$conf.${MARKER}-new" >"$conf"
\trm -f "$conf.${MARKER}-new"
fi
firehol "$conf" start
`;
    const uninstall =
      `${etc}if grep -q '# ${MARKER}$' "$conf"; then\n\tsed '/# ${MARKER}$/d' "$conf" >"$conf.${MARKER}-new"\n` +
      `\tcat "$conf.${MARKER}-new" >"$conf"\n\trm -f "$conf.${MARKER}-new"\nfi\nrm -f "$etc/${MARKER}.conf"\nfirehol "$conf" start\n` +
      `ipset list -n | grep -E '^${MARKER}[46](-|$)' | while read -r set; do\n\tipset destroy "$set"\n\trm -f "/var/spool/firehol/ipset.$set.rules"\ndone\n`;
    return [
      {
        name: `${MARKER}.firehol.conf`,
        content:
          `${header(firehol, list, options)}# Use: source /etc/firehol/${MARKER}.conf below "version 6" in firehol.conf,\n` +
          `# and the word nd_allow inside the interface that leads to the Internet.\n${body(list, options)}`,
        mode: 0o644,
      },
      script('install', 'firehol', short, install),
      script('uninstall', 'firehol', short, uninstall),
    ];
  },
  validators: [
    {
      id: 'firehol debug, and try in a namespace',
      needs: ['firehol', 'ipset'],
      version: ['firehol', 'version'],
      root: true,
      mounts: true,
      steps: () => [
        { argv: ['tee', '{dir}/default'], stdin: null, input: 'START_FIREHOL=YES\nWAIT_FOR_IFACE=""\n', setup: true },
        { argv: ['mount', '--bind', '{dir}/default', '/etc/default/firehol'], stdin: null, setup: true },
        { argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/run'], stdin: null, setup: true },
        {
          argv: ['tee', '{dir}/firehol.conf'],
          stdin: null,
          input: `version 6\nsource {dir}/${MARKER}.firehol.conf\ninterface any world\n\tpolicy drop\n\tnd_allow\n`,
          setup: true,
        },
        // It keeps its sets on disk, also those of a trial.
        { argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/var/spool'], stdin: null, setup: true },
        { argv: ['firehol', '{dir}/firehol.conf', 'debug'], stdin: null },
        { argv: ['firehol', '{dir}/firehol.conf', 'try'], stdin: null, input: 'commit\n' },
      ],
      judge,
    },
  ],
};
