#!/bin/sh
# nd-allow id=netdata-cloud rev=e779356dd113 target=shorewall mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
for program in shorewall shorewall6; do
	etc=${SHOREWALL_ETC:-/etc}/$program
	if [ ! -f "$etc/rules" ]; then continue; fi
	install -m 0644 "$dir/nd-allow.$program.rules" "$etc/nd-allow.rules"
	if ! grep -q '^INCLUDE nd-allow.rules' "$etc/rules"; then
		if grep -q '^?SECTION NEW' "$etc/rules"; then
			sed '/^?SECTION NEW/a INCLUDE nd-allow.rules' "$etc/rules" >"$etc/rules.nd-allow-new"
		else
			{ echo 'INCLUDE nd-allow.rules'; cat "$etc/rules"; } >"$etc/rules.nd-allow-new"
		fi
		cat "$etc/rules.nd-allow-new" >"$etc/rules"
		rm -f "$etc/rules.nd-allow-new"
	fi
	if "$program" status >/dev/null 2>&1; then "$program" check && "$program" reload; fi
done
