#!/bin/sh
# nd-allow id=netdata-cloud rev=3e91feef74bc target=docker-nftables mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
drop_jumps() {
	nft -a list chain inet filter forward 2>/dev/null |
		sed -n 's/.* comment "nd-allow forward" # handle \([0-9][0-9]*\)$/delete rule inet filter forward handle \1/p'
}
drop_allowed() {
	drop_jumps
	for what in chain set; do
		nft list table inet filter 2>/dev/null |
			sed -n "s/^[[:space:]]*$what \\(nd_fwd[0-9a-z_]*\\) {\$/delete $what inet filter \\1/p"
	done
}
drop_enforced() {
	if nft list table inet nd_fwd >/dev/null 2>&1; then echo 'delete table inet nd_fwd'; fi
}
{
	drop_allowed
	cat "$dir/nd-allow.nft"
} | nft -f -
