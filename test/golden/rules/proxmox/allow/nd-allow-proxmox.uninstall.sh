#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=proxmox mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
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
[ -f "$fw" ] || exit 0
strip "$fw" | awk 'NF || !blank { print } { blank = !NF }' >"$new"
cat "$new" >"$fw"
if command -v pve-firewall >/dev/null 2>&1; then pve-firewall compile >/dev/null; fi
