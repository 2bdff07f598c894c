#!/bin/sh
# nd-allow id=netdata-cloud rev=46f39cd43e29 target=azure-firewall mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
group=${1:?give the resource group}
policy=${2:?give the firewall policy}
az deployment group create --resource-group "$group" --name nd-allow-azure-firewall \
  --template-file "$dir/nd-allow.azure-firewall.json" --parameters firewallPolicy="$policy" --output none
