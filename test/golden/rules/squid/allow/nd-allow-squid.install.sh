#!/bin/sh
# nd-allow id=netdata-cloud rev=23f0cb7f64b8 target=squid mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
conf=${SQUID_CONF_D:-/etc/squid/conf.d}
body() { grep -v -e 'nd-allow-time:' "$1" || :; }
if [ -f "$conf/nd-allow.conf" ] && [ "$(body "$conf/nd-allow.conf")" = "$(body "$dir/nd-allow.squid.conf")" ]; then
  exit 0
fi
install -m 0644 "$dir/nd-allow.squid.conf" "$conf/nd-allow.conf"
if squid -k check 2>/dev/null; then squid -k reconfigure; fi
