#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=docker-user mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
ipt4=${IPTABLES:-iptables}
ipt6=${IP6TABLES:-ip6tables}
load() {
	if ! "$1" -w -n -L DOCKER-USER >/dev/null 2>&1; then
		echo "$1 has no chain DOCKER-USER: start Docker first; with its nftables backend use the target docker-nftables" >&2
		return "$3"
	fi
	"$1-restore" -w --noflush <"$2"
	"$1" -w -C DOCKER-USER -m comment --comment 'nd-allow' -j ND-ALLOW-FWD 2>/dev/null ||
		"$1" -w -I DOCKER-USER 1 -m comment --comment 'nd-allow' -j ND-ALLOW-FWD
}
load "$ipt4" "$dir/nd-allow.v4.rules" 1
# Docker filters IPv6 only where its option ip6tables is on.
load "$ipt6" "$dir/nd-allow.v6.rules" 0
