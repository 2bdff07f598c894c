#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=firehol mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
etc=${FIREHOL_ETC:-/etc/firehol}
conf=$etc/firehol.conf
install -m 0644 "$dir/nd-allow.firehol.conf" "$etc/nd-allow.conf"
if ! grep -q '# nd-allow$' "$conf"; then
	sed -e '/^version /a source /etc/firehol/nd-allow.conf # nd-allow' -e '0,/^interface/{/^interface/a nd_allow # nd-allow' -e '}' "$conf" >"$conf.nd-allow-new"
	cat "$conf.nd-allow-new" >"$conf"
	rm -f "$conf.nd-allow-new"
fi
firehol "$conf" start
