#!/bin/sh
# nd-allow id=netdata-cloud rev=016deb0bd622 target=azure-nsg mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
group=${1:?give the resource group}
nsg=${2:?give the network security group}
az deployment group create --resource-group "$group" --name nd-allow-azure-nsg \
  --template-file "$dir/nd-allow.azure-nsg.json" --parameters networkSecurityGroup="$nsg" --output none
rules=$(az network nsg rule list --resource-group "$group" --nsg-name "$nsg" --query "[?starts_with(name, 'nd-allow-') && contains(not_null(description, ''), ' target=azure-nsg ')].name" --output tsv)
wanted='nd-allow-400 nd-allow-401 nd-allow-402 nd-allow-403 nd-allow-404 nd-allow-405 nd-allow-4096'
for rule in $rules; do
  case " $wanted " in
    *" $rule "*) ;;
    *) az network nsg rule delete --resource-group "$group" --nsg-name "$nsg" --name "$rule"; echo "removed $rule" ;;
  esac
done
