#!/bin/sh
# nd-allow id=netdata-cloud rev=23f0cb7f64b8 target=squid mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
conf=${SQUID_CONF_D:-/etc/squid/conf.d}
[ -f "$conf/nd-allow.conf" ] || exit 0
rm -f "$conf/nd-allow.conf"
if squid -k check 2>/dev/null; then squid -k reconfigure; fi
