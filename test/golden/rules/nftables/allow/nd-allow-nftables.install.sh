#!/bin/sh
# nd-allow id=netdata-cloud rev=90a8f23dbeac target=nftables mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
drop_jumps() {
	nft -a list chain "$1" "$2" "$3" 2>/dev/null |
		sed -n 's/.* comment "nd-allow jump" # handle \([0-9][0-9]*\)$/\1/p' |
		while read -r handle; do echo "delete rule $1 $2 $3 handle $handle"; done
}
drop_enforced() {
	if nft list table inet nd_allow >/dev/null 2>&1; then echo 'delete table inet nd_allow'; fi
}
nft list chain inet filter output >/dev/null || {
	echo "there is no chain output in table inet filter: name yours with --set table=... --set chain=..." >&2
	exit 1
}
# One transaction: the old jumps go, the new content and jumps come. The head of the chain is in front of its
# first deny, whatever rules are added to it later.
{
	drop_enforced
	drop_jumps inet filter output
	drop_jumps inet filter input
	cat "$dir/nd-allow.nft"
	echo 'insert rule inet filter output jump nd_allow comment "nd-allow jump"'
	if nft list chain inet filter input >/dev/null 2>&1; then
		echo 'insert rule inet filter input jump nd_allow_in comment "nd-allow jump"'
	fi
} | nft -f -
