#!/bin/sh
# nd-allow id=netdata-cloud rev=b323b3e79d01 target=docker-nftables mode=allow
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
nft list chain inet filter forward >/dev/null || {
	echo "there is no chain forward in table inet filter: name yours with --set table=... --set chain=..." >&2
	exit 1
}
{
	drop_enforced
	drop_jumps
	cat "$dir/nd-allow.nft"
	echo 'insert rule inet filter forward jump nd_fwd comment "nd-allow forward"'
} | nft -f -
