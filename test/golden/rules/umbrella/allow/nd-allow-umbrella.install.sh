#!/bin/sh
# nd-allow id=netdata-cloud rev=16fb09f26626 target=umbrella mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
: "${UMBRELLA_CURLRC:?name a curl configuration with the header Authorization}" "${UMBRELLA_LIST:?name the allow list by its number}"
url=${UMBRELLA_URL:-https://api.umbrella.com}/policies/v2/destinationlists/$UMBRELLA_LIST/destinations
call() { curl -fsS -K "$UMBRELLA_CURLRC" -H 'Content-Type: application/json' "$@"; }
all='[]' page=1
while [ "$page" -le 1000 ]; do
	rows=$(call "$url?page=$page&limit=100")
	rows=$(printf '%s' "$rows" | jq -c '[.data[] | {id: (.id | tonumber), destination, comment: (.comment // "")}]')
	all=$(printf '%s%s' "$all" "$rows" | jq -cs add)
	[ "$(printf '%s' "$rows" | jq length)" -ge 100 ] || break
	page=$((page + 1))
done
new=$(printf '%s' "$all" |
	jq -c --slurpfile want "$dir/nd-allow.umbrella.json" '[.[].destination] as $have | [$want[0][] | select(.destination | IN($have[]) | not)]')
[ "$new" = '[]' ] || call -X POST --data-binary "$new" "$url" >/dev/null
old=$(printf '%s' "$all" | jq -c --slurpfile want "$dir/nd-allow.umbrella.json" '[.[] | select(.comment == "nd-allow netdata cloud" and (.destination | IN($want[0][].destination) | not)) | .id] | .[:500]')
[ "$old" = '[]' ] || call -X DELETE --data-binary "$old" "$url/remove" >/dev/null
