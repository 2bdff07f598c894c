#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=docker-user mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
ipt4=${IPTABLES:-iptables}
ipt6=${IP6TABLES:-ip6tables}
for ipt in "$ipt4" "$ipt6"; do
	while "$ipt" -w -D DOCKER-USER -m comment --comment 'nd-allow' -j ND-ALLOW-FWD 2>/dev/null; do :; done
	if "$ipt" -w -n -L ND-ALLOW-FWD >/dev/null 2>&1; then
		"$ipt" -w -F ND-ALLOW-FWD
		"$ipt" -w -X ND-ALLOW-FWD
	fi
done
