/**
 * Cisco Umbrella: destinations for an allow list of yours, by its API. A DNS filter: it knows no ports, and an entry
 * stands for the name and everything below it. Sources: docs/rules/umbrella.md names Cisco's pages.
 */
import { toJson } from '../json-file.js';
import { MARKER } from '../names.js';
import { script } from '../script.js';
import { RefusalError, type RuleTarget, USUAL } from '../target.js';
import { assertAtMost, hostNames } from '../views.js';
import { NO_PORTS } from './adguard.js';
import { deviceNotice, deviceShortHead } from './device-head.js';

const ID = 'umbrella';
const FILE = `${MARKER}.umbrella.json`;
/** Destinations in one call. */
const MAX_NAMES = 500;

const CALL = `: "\${UMBRELLA_CURLRC:?name a curl configuration with the header Authorization}" "\${UMBRELLA_LIST:?name the allow list by its number}"
url=\${UMBRELLA_URL:-https://api.umbrella.com}/policies/v2/destinationlists/$UMBRELLA_LIST/destinations
call() { curl -fsS -K "$UMBRELLA_CURLRC" -H 'Content-Type: application/json' "$@"; }
`;

const REMOVE = `ids=$(call "$url?limit=100" | jq -c '[.data[] | select((.comment // "") == "${MARKER} netdata cloud") | (.id | tonumber)]')
[ "$ids" = '[]' ] || call -X DELETE --data-binary "$ids" "$url/remove" >/dev/null
`;

export const umbrella: RuleTarget = {
  id: ID,
  title: 'Cisco Umbrella, destinations of an allow list',
  group: 'lists',
  capabilities: {
    ...USUAL,
    matches: 'names',
    comments: false,
    dns: false,
  },
  settings: [],
  render(list, options) {
    const names = hostNames(list);
    if (names.length === 0) throw new RefusalError(ID, 'names_not_supported', 'the list holds no name');
    assertAtMost(ID, names.length, MAX_NAMES, 'destinations in one call');
    const comment = `${MARKER} netdata cloud`;
    const short = deviceShortHead(umbrella, list, options, '#');
    return [
      { name: FILE, content: toJson(names.map((destination) => ({ destination, comment }))), mode: 0o644 },
      script('install', ID, short, `${CALL}call -X POST --data-binary "@$dir/${FILE}" "$url" >/dev/null\n`),
      script('uninstall', ID, short, `${CALL}${REMOVE}`),
      deviceNotice(
        umbrella,
        list,
        options,
        [NO_PORTS, 'An entry stands for the name AND EVERYTHING BELOW IT: Umbrella has no exact names.'],
        [],
      ),
    ];
  },
};
