#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=firewalld mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
etc=${FIREWALLD_ETC:-/etc/firewalld}
for file in "$etc"/ipsets/nd-allow[46]*.xml "$etc"/policies/nd-allow.xml; do
	if [ -e "$file" ]; then rm -f "$file"; fi
done
install -D -m 0644 "$dir/ipsets/nd-allow4.xml" "$etc/ipsets/nd-allow4.xml"
install -D -m 0644 "$dir/ipsets/nd-allow6.xml" "$etc/ipsets/nd-allow6.xml"
install -D -m 0644 "$dir/policies/nd-allow.xml" "$etc/policies/nd-allow.xml"
if firewall-cmd --state >/dev/null 2>&1; then firewall-cmd --reload; fi
