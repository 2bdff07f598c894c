#!/bin/sh
# nd-allow id=netdata-cloud rev=e12779163435 target=opnsense mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 0fbbbaebfac88d44 over the lines below
set -eu
: "${OPNSENSE_URL:?address of the firewall, https://...}"
: "${OPNSENSE_CURLRC:?file for curl -K that holds: user = KEY:SECRET}"
call() { curl -fsS -K "$OPNSENSE_CURLRC" "$@"; }
for alias in nd_allow nd_allow_ports; do
	uuid=$(call "$OPNSENSE_URL/api/firewall/alias/getAliasUUID/$alias" | sed -n 's/.*"uuid" *: *"\([0-9a-f-]*\)".*/\1/p')
	if [ -n "$uuid" ]; then
		call -X POST -d '' "$OPNSENSE_URL/api/firewall/alias/delItem/$uuid" | grep -Eq '"result" *: *"deleted"'
	fi
done
call -X POST -d '' "$OPNSENSE_URL/api/firewall/alias/reconfigure" | grep -Eq '"status" *: *"ok"'
