#!/bin/sh
# nd-allow id=netdata-cloud rev=ac0a7ce2c710 target=pf mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
anchors=${PF_ANCHORS:-/etc/pf.anchors}
pfctl -a nd-allow -F all
rm -f "$anchors/nd-allow"
