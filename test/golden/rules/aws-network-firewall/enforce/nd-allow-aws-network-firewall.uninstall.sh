#!/bin/sh
# nd-allow id=netdata-cloud rev=88af0a59bc60 target=aws-network-firewall mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
aws network-firewall delete-rule-group --rule-group-name nd-allow --type STATEFUL >/dev/null
echo 'removed the rule group nd-allow'
