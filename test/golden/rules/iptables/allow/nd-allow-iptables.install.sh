#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=iptables mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
ipt4=${IPTABLES:-iptables}
ipt6=${IP6TABLES:-ip6tables}
nft_backend() {
	"$1" -V 2>/dev/null | grep -q nf_tables && command -v nft >/dev/null 2>&1
}
claim_table() {
	nft_backend "$1" || return 0
	nft list table "$2" filter >/dev/null 2>&1 ||
		nft "add table $2 filter { comment \"nd-allow made\"; }" 2>/dev/null || :
	for hook in input output; do
		chain=$(printf %s "$hook" | tr a-z A-Z)
		nft list chain "$2" filter "$chain" >/dev/null 2>&1 ||
			nft "add chain $2 filter $chain { type filter hook $hook priority 0; policy accept; comment \"nd-allow made\"; }" 2>/dev/null || :
	done
}
jump() {
	"$1" -w -C "$2" -m comment --comment 'nd-allow' -j "$3" 2>/dev/null ||
		"$1" -w -I "$2" 1 -m comment --comment 'nd-allow' -j "$3"
}
claim_table "$ipt4" ip
"$ipt4-restore" -w --noflush <"$dir/nd-allow.v4.rules"
jump "$ipt4" OUTPUT ND-ALLOW
jump "$ipt4" INPUT ND-ALLOW-IN
while "$ipt4" -w -D OUTPUT -m comment --comment 'nd-allow' -j ND-ALLOW-OUT 2>/dev/null; do :; done
if "$ipt4" -w -n -L ND-ALLOW-OUT >/dev/null 2>&1; then
	"$ipt4" -w -F ND-ALLOW-OUT
	"$ipt4" -w -X ND-ALLOW-OUT
fi
claim_table "$ipt6" ip6
"$ipt6-restore" -w --noflush <"$dir/nd-allow.v6.rules"
jump "$ipt6" OUTPUT ND-ALLOW
jump "$ipt6" INPUT ND-ALLOW-IN
while "$ipt6" -w -D OUTPUT -m comment --comment 'nd-allow' -j ND-ALLOW-OUT 2>/dev/null; do :; done
if "$ipt6" -w -n -L ND-ALLOW-OUT >/dev/null 2>&1; then
	"$ipt6" -w -F ND-ALLOW-OUT
	"$ipt6" -w -X ND-ALLOW-OUT
fi
