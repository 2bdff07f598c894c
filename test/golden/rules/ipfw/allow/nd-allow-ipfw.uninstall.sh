#!/bin/sh
# nd-allow id=netdata-cloud rev=6f09425b140b target=ipfw mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
ipfw -q delete set 29 2>/dev/null || :
for table in nd_allow nd_allow_new; do
	ipfw -q table "$table" destroy 2>/dev/null || :
done
