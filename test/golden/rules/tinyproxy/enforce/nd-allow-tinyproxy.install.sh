#!/bin/sh
# nd-allow id=netdata-cloud rev=15b9a44f1594 target=tinyproxy mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
conf=${TINYPROXY_CONF:-/etc/tinyproxy/tinyproxy.conf}
setting() { sed -n "s/^[[:space:]]*$1[[:space:]]\\{1,\\}\"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}[[:space:]]*\$/\\1/Ip" "$conf" | tail -n 1; }
without() { sed '/^# nd-allow begin/,/^# nd-allow end/d' "$1"; }
reload() { if [ -n "$(setting PidFile)" ] && [ -f "$(setting PidFile)" ]; then kill -USR1 "$(cat "$(setting PidFile)")" 2>/dev/null || :; fi; }
stop() { echo "$1" >&2; exit 1; }
block() {
	{ without "$1"; echo '# nd-allow begin'; cat "$2"; echo '# nd-allow end'; } >"$1.nd-allow-new"
	cat "$1.nd-allow-new" >"$1"
	rm -f "$1.nd-allow-new"
}
without "$conf" >"$conf.nd-allow-old"
other=$(grep -iE '^[[:space:]]*(ConnectPort|Filter[A-Za-z]*)[[:space:]]' "$conf.nd-allow-old" || :)
rm -f "$conf.nd-allow-old"
[ -z "$other" ] || stop "these lines of $conf say something else: take them out first
$other"
install -m 0644 "$dir/nd-allow.tinyproxy.filter" "${TINYPROXY_FILTER:-/etc/tinyproxy/nd-allow.filter}"
block "$conf" "$dir/nd-allow.tinyproxy.conf"
reload
