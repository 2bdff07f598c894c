#!/bin/sh
# nd-allow id=netdata-cloud rev=664bc827748c target=gcp-fqdn mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
policy=${1:?give the network firewall policy}
rules=$(gcloud compute network-firewall-policies describe "$policy" --global --flatten='rules[]' \
  --format='csv[no-heading](rules.priority,rules.description)')
ours=$(printf '%s\n' "$rules" | sed -n 's/^\([0-9]*\),"\{0,1\}nd-allow id=netdata-cloud .* target=gcp-fqdn .*$/\1/p')
for priority in $ours; do
  gcloud compute network-firewall-policies rules delete "$priority" --firewall-policy="$policy" --global-firewall-policy --quiet; echo "removed $priority"
done
