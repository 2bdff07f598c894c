#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=firehol mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
etc=${FIREHOL_ETC:-/etc/firehol}
conf=$etc/firehol.conf
new="$dir/nd-allow.firehol.conf"
old="$etc/nd-allow.conf"
# everything but addresses and comments
rules() { grep -v -e '^#' -e '^ipv[46] ipset add ' "$1" || :; }
swap() {
	list=$(mktemp)
	failed=0
	for set in nd-allow4 nd-allow6; do
		sed -n "s/^ipv[46] ipset add $set //p" "$new" >"$list"
		firehol ipset_update_from_file "$set" "$list" || failed=1
	done
	rm -f "$list"
	return "$failed"
}
live() { for set in nd-allow4 nd-allow6; do ipset list -n "$set" >/dev/null 2>&1 || return 1; done; }
addresses() { grep '^ipv[46] ipset add ' "$1" || :; }
todo=all
if [ -f "$old" ] && grep -q '# nd-allow$' "$conf" && [ "$(rules "$old")" = "$(rules "$new")" ] && live; then
	todo=addresses
	if [ "$(addresses "$old")" = "$(addresses "$new")" ]; then todo=nothing; fi
fi
install -m 0644 "$new" "$old"
if [ "$todo" = nothing ]; then exit 0; fi
if [ "$todo" = addresses ] && swap; then exit 0; fi
if ! grep -q '# nd-allow$' "$conf"; then
	sed -e '/^version /a source /etc/firehol/nd-allow.conf # nd-allow' -e '0,/^interface/{/^interface/a nd_allow # nd-allow' -e '}' "$conf" >"$conf.nd-allow-new"
	cat "$conf.nd-allow-new" >"$conf"
	rm -f "$conf.nd-allow-new"
fi
firehol "$conf" start
