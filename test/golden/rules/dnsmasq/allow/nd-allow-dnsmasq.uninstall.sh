#!/bin/sh
# nd-allow id=netdata-cloud rev=2076fc5b3e08 target=dnsmasq mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
drop_jumps() {
	nft -a list chain inet filter "$1" 2>/dev/null |
		sed -n 's/.* comment "nd-allow jump" # handle \([0-9][0-9]*\)$/\1/p' |
		while read -r handle; do echo "delete rule inet filter $1 handle $handle"; done
}
conf=${DNSMASQ_CONF_D:-/etc/dnsmasq.d}
rm -f "$conf/nd-allow.conf"
nft list table inet filter >/dev/null 2>&1 || exit 0
{
	drop_jumps output
	drop_jumps input
	nft list table inet filter | sed -n 's/^[[:space:]]*chain \(nd_allow[a-z0-9_]*\) {$/delete chain inet filter \1/p' | sort
	nft list table inet filter | sed -n 's/^[[:space:]]*set \(nd_allow[a-z0-9_]*\) {$/delete set inet filter \1/p' | sort
} | nft -f -
echo "restart dnsmasq, so that it forgets the file"
