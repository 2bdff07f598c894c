#!/bin/sh
# nd-allow id=netdata-cloud rev=16fb09f26626 target=umbrella mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
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
old=$(printf '%s' "$all" | jq -c '[.[] | select(.comment == "nd-allow netdata cloud") | .id] | .[:500]')
[ "$old" = '[]' ] || call -X DELETE --data-binary "$old" "$url/remove" >/dev/null
