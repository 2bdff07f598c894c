#!/bin/sh
# nd-allow id=netdata-cloud rev=a05de3b1e020 target=nftables mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
nft -f "$dir/nd-allow.nft"
