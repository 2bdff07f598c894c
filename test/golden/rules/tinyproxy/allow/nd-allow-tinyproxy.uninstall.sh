#!/bin/sh
# nd-allow id=netdata-cloud rev=3e9bce62f18b target=tinyproxy mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
conf=${TINYPROXY_CONF:-/etc/tinyproxy/tinyproxy.conf}
setting() { sed -n "s/^[[:space:]]*$1[[:space:]]\\{1,\\}\"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}[[:space:]]*\$/\\1/Ip" "$conf" | tail -n 1; }
without() { sed '/^# nd-allow begin/,/^# nd-allow end/d' "$1"; }
reload() { if [ -n "$(setting PidFile)" ] && [ -f "$(setting PidFile)" ]; then kill -USR1 "$(cat "$(setting PidFile)")" 2>/dev/null || :; fi; }
stop() { echo "$1" >&2; exit 1; }
remove() {
	[ -f "$1" ] || return 0
	without "$1" >"$1.nd-allow-new"
	cat "$1.nd-allow-new" >"$1"
	rm -f "$1.nd-allow-new"
}
filter=$(setting Filter)
remove "$filter"
remove "$conf"
rm -f "${TINYPROXY_FILTER:-/etc/tinyproxy/nd-allow.filter}"
reload
