#!/bin/sh
# nd-allow id=netdata-cloud rev=2076fc5b3e08 target=dnsmasq mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
drop_jumps() {
	nft -a list chain inet filter "$1" 2>/dev/null |
		sed -n 's/.* comment "nd-allow jump" # handle \([0-9][0-9]*\)$/\1/p' |
		while read -r handle; do echo "delete rule inet filter $1 handle $handle"; done
}
conf=${DNSMASQ_CONF_D:-/etc/dnsmasq.d}
{
	drop_jumps output
	drop_jumps input
	cat "$dir/nd-allow.nft"
	echo 'insert rule inet filter output jump nd_allow comment "nd-allow jump"'
	if nft list chain inet filter input >/dev/null 2>&1; then
		echo 'insert rule inet filter input jump nd_allow_in comment "nd-allow jump"'
	fi
} | nft -f -
install -m 0644 "$dir/nd-allow.dnsmasq.conf" "$conf/nd-allow.conf"
echo "restart dnsmasq, so that it reads its new file"
