/**
 * Cisco Umbrella: destinations for an allow list of yours, by its API. A DNS filter: it knows no ports, and an entry
 * stands for the name and everything below it. Sources: docs/rules/umbrella.md names Cisco's pages.
 */
import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { script } from '../core/script.js';
import { RefusalError, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, hostNames } from '../core/views.js';
import { NO_PORTS } from './adguard.js';
import { deviceNotice, deviceShortHead } from './shared/device-head.js';

const ID = 'umbrella';
const FILE = `${MARKER}.umbrella.json`;
/** Destinations in one call. */
const MAX_NAMES = 500;
/** Destinations of one page at most. */
const PAGE = 100;

const CALL = `: "\${UMBRELLA_CURLRC:?name a curl configuration with the header Authorization}" "\${UMBRELLA_LIST:?name the allow list by its number}"
url=\${UMBRELLA_URL:-https://api.umbrella.com}/policies/v2/destinationlists/$UMBRELLA_LIST/destinations
call() { curl -fsS -K "$UMBRELLA_CURLRC" -H 'Content-Type: application/json' "$@"; }
`;

/** Every destination of the list, page by page, as one array in `all`. */
const READ = `all='[]' page=1
while [ "$page" -le 1000 ]; do
	rows=$(call "$url?page=$page&limit=${String(PAGE)}")
	rows=$(printf '%s' "$rows" | jq -c '[.data[] | {id: (.id | tonumber), destination, comment: (.comment // "")}]')
	all=$(printf '%s%s' "$all" "$rows" | jq -cs add)
	[ "$(printf '%s' "$rows" | jq length)" -ge ${String(PAGE)} ] || break
	page=$((page + 1))
done
`;

const COMMENT = `${MARKER} netdata cloud`;

/** Takes out those of ours for which the filter holds, by their numbers. */
function remove(filter: string): string {
  const want = filter === '' ? '' : `--slurpfile want "$dir/${FILE}" `;
  return `old=$(printf '%s' "$all" | jq -c ${want}'[.[] | select(.comment == "${COMMENT}"${filter}) | .id] | .[:${String(MAX_NAMES)}]')
[ "$old" = '[]' ] || call -X DELETE --data-binary "$old" "$url/remove" >/dev/null
`;
}

/** Only what is not there is added: the names that the list held before, whoever entered them, stay as they are. */
const ADD = `new=$(printf '%s' "$all" |
	jq -c --slurpfile want "$dir/${FILE}" '[.[].destination] as $have | [$want[0][] | select(.destination | IN($have[]) | not)]')
[ "$new" = '[]' ] || call -X POST --data-binary "$new" "$url" >/dev/null
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
    const short = deviceShortHead(umbrella, list, options, '#');
    return [
      { name: FILE, content: toJson(names.map((destination) => ({ destination, comment: COMMENT }))), mode: 0o644 },
      script(
        'install',
        ID,
        short,
        `${CALL}${READ}${ADD}${remove(' and (.destination | IN($want[0][].destination) | not)')}`,
      ),
      script('uninstall', ID, short, `${CALL}${READ}${remove('')}`),
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
