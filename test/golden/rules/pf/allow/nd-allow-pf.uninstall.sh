#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=pf mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
anchors=${PF_ANCHORS:-/etc/pf.anchors}
pfctl -a nd-allow -F all
rm -f "$anchors/nd-allow"
