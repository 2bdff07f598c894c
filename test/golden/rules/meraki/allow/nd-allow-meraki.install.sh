#!/bin/sh
# nd-allow id=netdata-cloud rev=16fb09f26626 target=meraki mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: edf38805af943f9d over the lines below
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
: "${MERAKI_CURLRC:?name a curl configuration with the header Authorization}" "${MERAKI_NETWORK:?name the network}"
url=${MERAKI_URL:-https://api.meraki.com/api/v1}/networks/$MERAKI_NETWORK/appliance/firewall/l3FirewallRules
call() { curl -fsS -K "$MERAKI_CURLRC" "$@" "$url"; }
rules=$(call)
printf '%s' "$rules" | jq --slurpfile ours "$dir/nd-allow.meraki.json" '{rules: ($ours[0].rules + [.rules[] | select(.comment != "Default rule" and ((.comment // "") | startswith("nd-allow ") | not))])}' |
	call -X PUT -H 'Content-Type: application/json' --data-binary @- >/dev/null
