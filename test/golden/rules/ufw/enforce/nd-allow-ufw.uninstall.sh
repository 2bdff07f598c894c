#!/bin/sh
# nd-allow id=netdata-cloud rev=9798b011440b target=ufw mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
ours() {
	ufw show added | sed -n "s/^ufw \(.*\) comment 'nd-allow[^']*'$/\1/p"
}
ours | while read -r rule; do ufw --force delete $rule </dev/null; done
