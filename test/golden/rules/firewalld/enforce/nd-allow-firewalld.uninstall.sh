#!/bin/sh
# nd-allow id=netdata-cloud rev=9798b011440b target=firewalld mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
etc=${FIREWALLD_ETC:-/etc/firewalld}
for file in "$etc"/ipsets/nd-allow[46]*.xml "$etc"/policies/nd-allow.xml; do
	if [ -e "$file" ]; then rm -f "$file"; fi
done
if firewall-cmd --state >/dev/null 2>&1; then firewall-cmd --reload; fi
