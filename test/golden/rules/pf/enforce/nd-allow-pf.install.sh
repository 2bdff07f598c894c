#!/bin/sh
# nd-allow id=netdata-cloud rev=ac0a7ce2c710 target=pf mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
anchors=${PF_ANCHORS:-/etc/pf.anchors}
pfctl -nf "$dir/nd-allow.pf.conf"
mkdir -p "$anchors"
install -m 0644 "$dir/nd-allow.pf.conf" "$anchors/nd-allow"
# Atomic: the anchor's rules and tables are replaced in one transaction.
pfctl -a nd-allow -f "$anchors/nd-allow"
if ! pfctl -s rules 2>/dev/null | grep -q 'anchor "nd-allow"'; then
	echo 'put these lines into pf.conf, before your own filter rules, and load it:' >&2
	echo 'anchor "nd-allow"' >&2
	echo "load anchor \"nd-allow\" from \"$anchors/nd-allow\"" >&2
fi
