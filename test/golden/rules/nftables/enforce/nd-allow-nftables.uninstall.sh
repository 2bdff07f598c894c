#!/bin/sh
# nd-allow id=netdata-cloud rev=c626e998b9ad target=nftables mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
drop_jumps() {
	nft -a list chain "$1" "$2" "$3" 2>/dev/null |
		sed -n 's/.* comment "nd-allow jump" # handle \([0-9][0-9]*\)$/\1/p' |
		while read -r handle; do echo "delete rule $1 $2 $3 handle $handle"; done
}
drop_allowed() {
	drop_jumps inet filter output
	drop_jumps inet filter input
	nft list table inet filter 2>/dev/null |
		sed -n 's/^[[:space:]]*chain \(nd_allow[a-z_]*\) {$/delete chain inet filter \1/p' |
		sort
	nft list table inet filter 2>/dev/null |
		sed -n 's/^[[:space:]]*set \(nd_allow_d[46][0-9a-z_]*\) {$/delete set inet filter \1/p' |
		sort
}
drop_enforced() {
	if nft list table inet nd_allow >/dev/null 2>&1; then echo 'delete table inet nd_allow'; fi
}
{
	drop_allowed
	drop_enforced
} | nft -f -
