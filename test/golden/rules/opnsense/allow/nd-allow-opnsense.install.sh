#!/bin/sh
# nd-allow id=netdata-cloud rev=e12779163435 target=opnsense mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 69848a5dd396952f over the lines below
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
: "${OPNSENSE_URL:?address of the firewall, https://...}"
: "${OPNSENSE_CURLRC:?file for curl -K that holds: user = KEY:SECRET}"
call() { curl -fsS -K "$OPNSENSE_CURLRC" "$@"; }
{ printf '{"data":'; cat "$dir/nd-allow.opnsense.json"; printf '}'; } |
	call -H 'Content-Type: application/json' --data-binary @- "$OPNSENSE_URL/api/firewall/alias/import" | grep -Eq '"status" *: *"ok"'
call -X POST -d '' "$OPNSENSE_URL/api/firewall/alias/reconfigure" | grep -Eq '"status" *: *"ok"'
