#!/bin/sh
# nd-allow id=netdata-cloud rev=9798b011440b target=ufw mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Addresses: IPv4: 3; IPv6: 2.
# Addresses from: 192.0.2.53.
# These addresses belong to shared infrastructure (load balancers, CDN): rules on them also admit its other
# tenants, and they change without notice. Prefer names where the device understands them, and refresh.
# Refresh: netdata-egress rules refresh ufw --once
# Remove: everything that carries the marker nd-allow.
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
ours() {
	ufw show added | sed -n "s/^ufw \(.*\) comment 'nd-allow[^']*'$/\1/p"
}
# Bottom up, so that they stand in order; ufw skips what it already has.
ufw prepend reject out to any comment 'nd-allow deny'
ufw prepend allow out to 2001:db8::3 port 443 proto tcp comment 'nd-allow api.netdata.cloud'
ufw prepend allow out to 2001:db8::2 port 443 proto tcp comment 'nd-allow app.netdata.cloud mqtt.netdata.cloud'
ufw prepend allow out to 198.51.100.10 port 443 proto tcp comment 'nd-allow mqtt.netdata.cloud'
ufw prepend allow out to 198.51.100.3 port 443 proto tcp comment 'nd-allow api.netdata.cloud app.netdata.cloud'
ufw prepend allow out to 198.51.100.2 port 443 proto tcp comment 'nd-allow app.netdata.cloud'
ufw prepend allow out to 2001:db8::53 port 53 comment 'nd-allow dns'
ufw prepend allow out to 192.0.2.53 port 53 comment 'nd-allow dns'
# Whatever else carries our marker is from an older revision.
ours | while read -r rule; do
	case $rule in
	'allow out to 192.0.2.53 port 53') ;;
	'allow out to 2001:db8::53 port 53') ;;
	'allow out to 198.51.100.2 port 443 proto tcp') ;;
	'allow out to 198.51.100.3 port 443 proto tcp') ;;
	'allow out to 198.51.100.10 port 443 proto tcp') ;;
	'allow out to 2001:db8::2 port 443 proto tcp') ;;
	'allow out to 2001:db8::3 port 443 proto tcp') ;;
	'reject out to any') ;;
	*) ufw --force delete $rule </dev/null ;;
	esac
done
