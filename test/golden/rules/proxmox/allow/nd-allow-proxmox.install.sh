#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=proxmox mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
fw=${PVE_CLUSTER_FW:-/etc/pve/firewall/cluster.fw}
strip() {
	awk '
		/^\[/ { ours = tolower($0) ~ /^\[(ipset|group) nd-allow[^]]*\]/ }
		ours || /^GROUP nd-allow( |$)/ || /^# nd-allow/ { next }
		{ print }
	' "$1"
}
new=$(mktemp)
trap 'rm -f "$new" "$new.old"' EXIT
if [ -f "$fw" ]; then cat "$fw"; fi >"$new.old"
{
	# In front of the first rule: the first match decides.
	strip "$new.old" | awk '
		{ print }
		toupper($0) ~ /^\[RULES\]/ && !done { print ""; print "GROUP nd-allow # nd-allow"; done = 1 }
		END { if (!done) { print ""; print "[RULES]"; print ""; print "GROUP nd-allow # nd-allow" } }
	'
	echo
	cat "$dir/nd-allow.cluster.fw"
} | awk 'NF || !blank { print } { blank = !NF }' >"$new"
cat "$new" >"$fw"
if ! { if command -v pve-firewall >/dev/null 2>&1; then pve-firewall compile >/dev/null; fi }; then
	cat "$new.old" >"$fw"
	echo 'the firewall does not compile with these rules: the file is as it was' >&2
	exit 1
fi
