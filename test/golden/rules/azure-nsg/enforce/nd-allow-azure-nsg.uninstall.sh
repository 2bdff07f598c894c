#!/bin/sh
# nd-allow id=netdata-cloud rev=016deb0bd622 target=azure-nsg mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
group=${1:?give the resource group}
nsg=${2:?give the network security group}
rules=$(az network nsg rule list --resource-group "$group" --nsg-name "$nsg" --query "[?starts_with(name, 'nd-allow-') && contains(not_null(description, ''), ' target=azure-nsg ')].name" --output tsv)
for rule in $rules; do
  az network nsg rule delete --resource-group "$group" --nsg-name "$nsg" --name "$rule"; echo "removed $rule"
done
