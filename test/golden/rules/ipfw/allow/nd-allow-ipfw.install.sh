#!/bin/sh
# nd-allow id=netdata-cloud rev=6f09425b140b target=ipfw mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
for table in nd_allow nd_allow_new; do ipfw -q table "$table" create type addr 2>/dev/null || :; done
ipfw -q table nd_allow_new flush
ipfw -q "$dir/nd-allow.ipfw"
ipfw -q table nd_allow swap nd_allow_new
ipfw -q table nd_allow_new destroy
if ! ipfw -S set 29 list 2>/dev/null | grep -q 'nd-allow rules=2ea50b328a93'; then
	ipfw -q delete set 29 2>/dev/null || :
	ipfw -q "$dir/nd-allow-rules.ipfw"
fi
