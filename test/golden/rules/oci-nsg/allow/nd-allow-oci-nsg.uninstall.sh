#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=oci-nsg mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
nsg=${1:?give the OCID of the network security group}
ours=$(oci network nsg rules list --nsg-id "$nsg" --direction EGRESS --all \
  --query "data[?starts_with(not_null(description, 'none'), 'nd-allow id=netdata-cloud')].id" --output json |
  tr -d '[]", ')
for id in $ours; do
  oci network nsg rules remove --nsg-id "$nsg" --security-rule-ids "[\"$id\"]" --force >/dev/null
done
