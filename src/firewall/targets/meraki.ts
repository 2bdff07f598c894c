/**
 * Cisco Meraki MX: outbound layer 3 rules by name, for the dashboard's API. The API takes all rules of a network at once,
 * so the script reads those that are there, puts ours in front of them and gives both back.
 * Sources: docs/rules/meraki.md names Cisco's pages.
 */
import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type CheckedAllowList, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, isLiteral, portGroups } from '../core/views.js';
import { deviceNotice, deviceShortHead } from './shared/device-head.js';
import { sealedScript } from './shared/seal.js';
import type { RuleOptions } from '../core/target.js';

const ID = 'meraki';
const FILE = `${MARKER}.meraki.json`;
/** No device list of ours is meant to be longer. */
const MAX_RULES = 500;

interface Rule {
  readonly comment: string;
  readonly policy: 'allow';
  readonly protocol: 'tcp';
  readonly srcPort: 'Any';
  readonly srcCidr: string;
  readonly destPort: string;
  readonly destCidr: string;
  readonly syslogEnabled: false;
}

function rulesFor(list: CheckedAllowList, options: RuleOptions): readonly Rule[] {
  const literal = list.hosts.find((host) => isLiteral(host.fqdn));
  if (literal !== undefined)
    throw new RefusalError(ID, 'names_not_supported', `is for names; ${literal.fqdn} is an address`);
  const bare = list.hosts.find((host) => !host.fqdn.includes('.'));
  if (bare !== undefined) throw new RefusalError(ID, 'names_not_supported', `${bare.fqdn} has no domain`);
  const src = options.settings['src'] ?? '';
  const rules = portGroups(list, options).flatMap((group) =>
    [...new Set(group.hosts.map((host) => host.fqdn))].sort().map((fqdn): Rule => ({
      comment: `${MARKER} ${fqdn}`,
      policy: 'allow',
      protocol: 'tcp',
      srcPort: 'Any',
      srcCidr: src === '' ? 'Any' : src,
      destPort: group.ports.join(','),
      destCidr: fqdn,
      syslogEnabled: false,
    })),
  );
  assertAtMost(ID, rules.length, MAX_RULES, 'rules');
  return rules;
}

/** Reads the rules, changes them with a program for jq, and writes them: the default rule is not given back. */
function body(change: string): string {
  return `: "\${MERAKI_CURLRC:?name a curl configuration with the header Authorization}" "\${MERAKI_NETWORK:?name the network}"
url=\${MERAKI_URL:-https://api.meraki.com/api/v1}/networks/$MERAKI_NETWORK/appliance/firewall/l3FirewallRules
call() { curl -fsS -K "$MERAKI_CURLRC" "$@" "$url"; }
rules=$(call)
printf '%s' "$rules" | jq ${change} |
	call -X PUT -H 'Content-Type: application/json' --data-binary @- >/dev/null
`;
}

const OTHERS = `[.rules[] | select(.comment != "Default rule" and ((.comment // "") | startswith("${MARKER} ") | not))]`;

export const meraki: RuleTarget = {
  id: ID,
  title: 'Cisco Meraki MX, layer 3 rules by name',
  group: 'devices',
  capabilities: {
    ...USUAL,
    matches: 'names',
    comments: false,
    dns: false,
  },
  settings: [
    {
      name: 'src',
      title: 'only from this IPv4 prefix; none = Any',
      default: '',
      pattern: /^(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?)?$/,
    },
  ],
  render(list, options) {
    const main = { name: FILE, content: toJson({ rules: rulesFor(list, options) }), mode: 0o644 } as const;
    const short = deviceShortHead(meraki, list, options, '#');
    return [
      main,
      sealedScript(
        'install',
        ID,
        short,
        body(`--slurpfile ours "$dir/${FILE}" '{rules: ($ours[0].rules + ${OTHERS})}'`),
      ),
      sealedScript('uninstall', ID, short, body(`'{rules: ${OTHERS}}'`)),
      deviceNotice(
        meraki,
        list,
        options,
        [
          'The MX learns the addresses of a name from the DNS answers that pass through it: clients must ask through the MX,',
          'in plain DNS, before they connect.',
        ],
        [main],
      ),
    ];
  },
};
