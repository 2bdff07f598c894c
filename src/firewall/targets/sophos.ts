/**
 * Sophos Firewall (SFOS), by its XML API: FQDN hosts, which the firewall itself resolves, a service for each port, and
 * one rule for each list of ports and family, on top. What is there already is not added again but brought up to date:
 * both are asked for, and only the second must succeed. Sources: docs/rules/sophos.md.
 */
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { deviceNotice, deviceShortHead } from './shared/device-head.js';
import { allDestinations, allPorts, existing, groupName, nameGroups, objectName } from './shared/destinations.js';
import { sealedScript } from './shared/seal.js';

const ID = 'sophos';
const FILE = `${MARKER}.sophos.xml`;
/** Cautious: the documentation gives no length that holds for every kind of object. */
const NAME_MAX = 50;

interface Entity {
  readonly kind: 'FQDNHost' | 'Services' | 'FirewallRule';
  readonly name: string;
  /** What follows the name. */
  readonly body: string;
}

function all(tag: string, texts: readonly string[]): string {
  return texts.map((text) => `<${tag}>${text}</${tag}>`).join('');
}

const service = (port: number): string => `${MARKER}-tcp-${String(port)}`;

function entities(list: CheckedAllowList, options: RuleOptions): readonly Entity[] {
  const groups = nameGroups(ID, list, options);
  const { from = '', to = '' } = options.settings;
  return [
    ...allDestinations(groups).map(({ fqdn, key, note }): Entity => ({
      kind: 'FQDNHost',
      name: objectName(key, NAME_MAX),
      body: `${all('Description', [note])}${all('FQDN', [fqdn])}`,
    })),
    ...allPorts(groups).map((port): Entity => ({
      kind: 'Services',
      name: service(port),
      body:
        '<Type>TCPorUDP</Type><ServiceDetails><ServiceDetail><Protocol>TCP</Protocol>' +
        `<SourcePort>1:65535</SourcePort>${all('DestinationPort', [String(port)])}</ServiceDetail></ServiceDetails>`,
    })),
    ...groups.flatMap((group) =>
      options.families.map((family): Entity => ({
        kind: 'FirewallRule',
        name: groupName(`${group.suffix}${group.suffix === '' ? '' : '-'}v${String(family)}`),
        body:
          `${all('Description', [`${MARKER} netdata cloud`])}<IPFamily>IPv${String(family)}</IPFamily>` +
          '<Status>Enable</Status><Position>Top</Position><PolicyType>Network</PolicyType>' +
          '<NetworkPolicy><Action>Accept</Action><LogTraffic>Enable</LogTraffic>' +
          `<SourceZones>${all('Zone', [from])}</SourceZones><DestinationZones>${all('Zone', [to])}</DestinationZones>` +
          `<Schedule>All The Time</Schedule><Services>${all('Service', group.ports.map(service))}</Services>` +
          `<DestinationNetworks>${all(
            'Network',
            group.destinations.map(({ key }) => objectName(key, NAME_MAX)),
          )}</DestinationNetworks></NetworkPolicy>`,
      })),
    ),
  ];
}

/** The login comes from a file and goes through a pipe: it stands in no list of processes. */
const SEND = `: "\${SOPHOS_URL:?name the firewall, https://ADDRESS:4444}" "\${SOPHOS_LOGIN:?name a file with the element Login}"
send() {
	{ printf '<Request>'; cat "$SOPHOS_LOGIN"; cat; printf '</Request>'; } |
		curl -fsS \${SOPHOS_CURLRC:+-K "$SOPHOS_CURLRC"} --data-urlencode reqxml@- "$SOPHOS_URL/webconsole/APIController"
}
known() {
	case $1 in
	*'<status>Authentication Successful</status>'*) ;;
	*) echo 'the firewall did not accept the login' >&2; exit 1 ;;
	esac
}
`;

function install(count: number): string {
  return `${SEND}answer=$(send <"$dir/${FILE}")
known "$answer"
# What was there already could not be added: now everything is brought up to date, and that must succeed.
answer=$(sed 's/^<Set operation="add">$/<Set operation="update">/' "$dir/${FILE}" | send)
known "$answer"
codes=$(printf '%s\\n' "$answer" | tr '<' '\\n' | sed -n 's/^Status code="\\([0-9]*\\)".*/\\1/p')
if [ "$(printf '%s\\n' "$codes" | grep -c -x -e 200 -e 216)" -ne ${String(count)} ]; then
	printf '%s\\n' "$answer" >&2
	exit 1
fi
`;
}

/** Rules first: what they use cannot go before them. */
function uninstall(rows: readonly Entity[]): string {
  const gone = rows.toReversed().map(({ kind, name }) => `<${kind}>${all('Name', [name])}</${kind}>`);
  return `${SEND}answer=$(send <<'EOF'
<Remove>
${gone.join('\n')}
</Remove>
EOF
)
known "$answer"
answer=$(printf '<Get><FirewallRule></FirewallRule></Get>' | send)
known "$answer"
case $answer in
*'<Name>${MARKER}-'*) echo 'rules of ours are still there' >&2; exit 1 ;;
esac
`;
}

export const sophos: RuleTarget = {
  id: ID,
  title: 'Sophos Firewall, XML API',
  group: 'devices',
  capabilities: { ...USUAL, matches: 'names', oneFamily: true, comments: false, dns: false },
  settings: [
    existing('from', 'zone of the hosts with Agents', 'LAN', 60),
    existing('to', 'zone of the internet', 'WAN', 60),
  ],
  render(list, options) {
    const rows = entities(list, options);
    const lines = rows.map(({ kind, name, body }) => `<${kind}>${all('Name', [name])}${body}</${kind}>`);
    const main = {
      name: FILE,
      content: `<Set operation="add">\n${lines.join('\n')}\n</Set>\n`,
      mode: 0o644,
    } as const;
    const short = deviceShortHead(sophos, list, options, '#');
    return [
      main,
      sealedScript('install', ID, short, install(rows.length)),
      sealedScript('uninstall', ID, short, uninstall(rows)),
      deviceNotice(
        sophos,
        list,
        options,
        [
          'The rules go to the top. They translate no addresses: the rule for source NAT of your zones decides.',
          'Exempt the destinations from TLS inspection: the link does not survive it.',
        ],
        [main],
      ),
    ];
  },
};
