#!/bin/sh
# nd-allow id=netdata-cloud rev=b3d74a1c221d target=openwrt mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
take_back() {
	uci revert firewall
	uci revert dhcp
	echo 'uci did not take the sections: nothing was changed' >&2
	exit 1
}
for file in firewall dhcp; do
	for section in $(uci -q show "$file" | sed -n "s/^$file\\.\\(nd_allow_[0-9a-z_]*\\)=.*/\\1/p"); do
		uci -q delete "$file.$section"
	done
done
grep -v '^#' "$dir/nd-allow.uci" | uci -q batch >/dev/null || take_back
uci -q get dhcp.nd_allow_3 >/dev/null || take_back
uci commit firewall
uci commit dhcp
/etc/init.d/firewall reload
/etc/init.d/dnsmasq restart
