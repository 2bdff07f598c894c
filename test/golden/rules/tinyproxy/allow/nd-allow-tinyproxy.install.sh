#!/bin/sh
# nd-allow id=netdata-cloud rev=3e9bce62f18b target=tinyproxy mode=allow
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
filter=$(setting Filter)
case $(setting FilterDefaultDeny) in [Yy]es | [Oo]n) ;; *) stop 'this tinyproxy lets every name pass: there is nothing to allow (or use --mode enforce)' ;; esac
[ -f "$filter" ] || stop "the filter file of $conf is not there"
case $(setting FilterURLs) in [Yy]es | [Oo]n) stop 'FilterURLs is on: the filter then sees no host names' ;; esac
case $(setting FilterType) in '' | bre | ere) ;; *) stop 'FilterType is neither bre nor ere' ;; esac
block "$filter" "$dir/nd-allow.tinyproxy.filter"
# Without a line ConnectPort every port is open; one of ours would close all others.
without "$conf" >"$conf.nd-allow-old"
if grep -qi '^[[:space:]]*ConnectPort[[:space:]]' "$conf.nd-allow-old"; then block "$conf" "$dir/nd-allow.tinyproxy.conf"; fi
rm -f "$conf.nd-allow-old"
reload
