/**
 * SonicWall (SonicOS 7), by its API: FQDN objects, which the firewall itself resolves, a service for each port, and a
 * rule for each name and port, because a rule takes one object or one group. Nothing holds before the pending changes
 * are committed, so old rules go and new ones come at once. Sources: docs/rules/sonicwall.md.
 */
import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost } from '../core/views.js';
import { deviceNotice, deviceShortHead } from './shared/device-head.js';
import { allDestinations, allPorts, existing, nameGroups, objectName } from './shared/destinations.js';
import { sealedScript } from './shared/seal.js';

const ID = 'sonicwall';
const FILE = `${MARKER}.sonicwall.json`;
/** Cautious: names of objects may be longer. */
const NAME_MAX = 63;
/** No device list of ours is meant to be longer. */
const MAX_RULES = 500;

const service = (port: number): string => `${MARKER}-tcp-${String(port)}`;

function bodies(list: CheckedAllowList, options: RuleOptions): object {
  const groups = nameGroups(ID, list, options);
  const { from = '', to = '' } = options.settings;
  const hosts = allDestinations(groups).map(({ fqdn, key }) => ({
    fqdn: { name: objectName(key, NAME_MAX), domain: fqdn, zone: to },
  }));
  const pairs = new Map<string, { readonly name: string; readonly port: number }>();
  for (const { destinations, ports } of groups)
    for (const { key } of destinations)
      for (const port of ports) pairs.set(`${key} ${String(port)}`, { name: objectName(key, NAME_MAX), port });
  assertAtMost(ID, pairs.size * options.families.length, MAX_RULES, 'rules (one for each name and port)');
  const rules = (family: 4 | 6): object[] =>
    [...pairs.values()].map(({ name, port }) => ({
      [`ipv${String(family)}`]: {
        name: objectName(`${String(port)}-${name.slice(MARKER.length + 1)}`, NAME_MAX),
        enable: true,
        from,
        to,
        action: 'allow',
        source: { address: { any: true }, port: { any: true } },
        service: { name: service(port) },
        destination: { address: { name } },
        schedule: { always_on: true },
        users: { included: { all: true }, excluded: { none: true } },
        comment: `${MARKER} netdata cloud`,
      },
    }));
  return {
    address_objects: hosts,
    service_objects: allPorts(groups).map((port) => ({ name: service(port), tcp: { begin: port, end: port } })),
    ...Object.fromEntries(options.families.map((family) => [`ipv${String(family)}`, rules(family)])),
  };
}

/** Logs in, takes our rules out, and whatever ends the script before `commit` leaves the firewall as it was. */
const START = `: "\${SONICWALL_URL:?name the firewall, https://ADDRESS}" "\${SONICWALL_CURLRC:?name a curl configuration with the login}"
jar=$(mktemp)
call() {
	path=$1
	shift
	curl -fsS -b "$jar" -c "$jar" -H 'Accept: application/json' -H 'Content-Type: application/json' "$@" "$SONICWALL_URL/api/sonicos/$path"
}
end() {
	call config/pending -X DELETE >/dev/null 2>&1 || :
	call auth -X DELETE >/dev/null 2>&1 || :
	rm -f "$jar"
}
trap end EXIT
call auth -K "$SONICWALL_CURLRC" --basic -X POST --data-binary '{"override":true}' >/dev/null
for family in ipv4 ipv6; do
	rules=$(call "access-rules/$family")
	ids=$(printf '%s' "$rules" | jq -r --arg family "$family" '.access_rules[]?[$family] | select((.name // "") | startswith("${MARKER}-")) | .uuid')
	for id in $ids; do call "access-rules/$family/uuid/$id" -X DELETE >/dev/null; done
done
`;

const INSTALL = `# What is there already cannot be added: it is brought up to date.
give() {
	body=$(jq -c "$2" "$dir/${FILE}")
	printf '%s' "$body" | jq -c --arg key "$3" '.[] | {($key): [.]}' | while read -r row; do
		call "$1" -X POST --data-binary "$row" >/dev/null 2>&1 </dev/null || call "$1" -X PUT --data-binary "$row" >/dev/null </dev/null
	done
}
give address-objects/fqdn .address_objects address_objects
give service-objects .service_objects service_objects
`;

function post(families: readonly (4 | 6)[]): string {
  return families
    .map((family) => `ipv${String(family)}`)
    .map(
      (family) =>
        `body=$(jq -c '{access_rules: .${family}}' "$dir/${FILE}")\ncall access-rules/${family} -X POST --data-binary "$body" >/dev/null\n`,
    )
    .join('');
}

const COMMIT = 'call config/pending -X POST >/dev/null\n';

function removeObjects(list: CheckedAllowList, options: RuleOptions): string {
  const groups = nameGroups(ID, list, options);
  const hosts = allDestinations(groups).map(({ key }) => objectName(key, NAME_MAX));
  const paths = [
    ...hosts.map((name) => `address-objects/fqdn/name/${name}`),
    ...allPorts(groups).map((port) => `service-objects/name/${service(port)}`),
  ];
  return `# An object that something else uses by now stays.
drop() { call "$1" -X DELETE >/dev/null 2>&1 || :; }
${paths.map((path) => `drop ${path}\n`).join('')}`;
}

export const sonicwall: RuleTarget = {
  id: ID,
  title: 'SonicWall, SonicOS API',
  group: 'devices',
  capabilities: { ...USUAL, matches: 'names', oneFamily: true, comments: false, dns: false },
  settings: [existing('from', 'zone of the hosts with Agents', 'LAN'), existing('to', 'zone of the internet', 'WAN')],
  render(list, options) {
    const main = { name: FILE, content: toJson(bodies(list, options)), mode: 0o644 } as const;
    const short = deviceShortHead(sonicwall, list, options, '#');
    return [
      main,
      sealedScript('install', ID, short, `${START}${INSTALL}${post(options.families)}${COMMIT}`),
      // Objects can go only after the rules that use them are gone for good.
      sealedScript('uninstall', ID, short, `${START}${COMMIT}${removeObjects(list, options)}${COMMIT}`),
      deviceNotice(
        sonicwall,
        list,
        options,
        [
          'The firewall orders the rules by how narrow they are: look that none of yours that denies stands above them.',
          'Exempt the destinations from DPI-SSL: the link does not survive it.',
        ],
        [main],
      ),
    ];
  },
};
