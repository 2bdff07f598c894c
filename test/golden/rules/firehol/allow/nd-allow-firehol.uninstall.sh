#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=firehol mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
etc=${FIREHOL_ETC:-/etc/firehol}
conf=$etc/firehol.conf
if grep -q '# nd-allow$' "$conf"; then
	sed '/# nd-allow$/d' "$conf" >"$conf.nd-allow-new"
	cat "$conf.nd-allow-new" >"$conf"
	rm -f "$conf.nd-allow-new"
fi
rm -f "$etc/nd-allow.conf"
firehol "$conf" start
ipset list -n | grep -E '^nd-allow[46](-|$)' | while read -r set; do
	ipset destroy "$set"
	rm -f "/var/spool/firehol/ipset.$set.rules"
done
