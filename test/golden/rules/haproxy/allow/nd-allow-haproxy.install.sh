#!/bin/sh
# nd-allow id=netdata-cloud rev=82ef2a8ce423 target=haproxy mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 764fa087efe0782d over the lines below
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
cfg=${HAPROXY_CFG:-/etc/haproxy/haproxy.cfg}
conf=${HAPROXY_CONF_D:-/etc/haproxy/conf.d}
haproxy -c -q -f "$cfg" -f "$dir/nd-allow.haproxy.cfg"
mkdir -p "$conf"
install -m 0644 "$dir/nd-allow.haproxy.cfg" "$conf/nd-allow.cfg"
if grep -qs -- "-f $conf" /etc/default/haproxy || systemctl cat haproxy 2>/dev/null | grep -q -- "-f $conf"; then
	systemctl reload haproxy
else
	echo "haproxy does not read $conf yet: add -f $conf to EXTRAOPTS in /etc/default/haproxy, and restart it" >&2
fi
