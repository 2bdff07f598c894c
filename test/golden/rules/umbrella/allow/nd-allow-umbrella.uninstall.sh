#!/bin/sh
# nd-allow id=netdata-cloud rev=16fb09f26626 target=umbrella mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
: "${UMBRELLA_CURLRC:?name a curl configuration with the header Authorization}" "${UMBRELLA_LIST:?name the allow list by its number}"
url=${UMBRELLA_URL:-https://api.umbrella.com}/policies/v2/destinationlists/$UMBRELLA_LIST/destinations
call() { curl -fsS -K "$UMBRELLA_CURLRC" -H 'Content-Type: application/json' "$@"; }
ids=$(call "$url?limit=100" | jq -c '[.data[] | select((.comment // "") == "nd-allow netdata cloud") | (.id | tonumber)]')
[ "$ids" = '[]' ] || call -X DELETE --data-binary "$ids" "$url/remove" >/dev/null
