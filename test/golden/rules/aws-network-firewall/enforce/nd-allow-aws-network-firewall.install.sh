#!/bin/sh
# nd-allow id=netdata-cloud rev=88af0a59bc60 target=aws-network-firewall mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
if token=$(aws network-firewall describe-rule-group --rule-group-name nd-allow --type STATEFUL --query UpdateToken --output text 2>/dev/null); then
  aws network-firewall update-rule-group --update-token "$token" --cli-input-json "file://$dir/nd-allow.aws-network-firewall-update.json" >/dev/null
  echo 'changed the rule group nd-allow'
else
  aws network-firewall create-rule-group --cli-input-json "file://$dir/nd-allow.aws-network-firewall.json" >/dev/null
  echo 'created the rule group nd-allow; now refer to it in your firewall policy'
fi
