#!/bin/sh
# nd-allow id=netdata-cloud rev=664bc827748c target=gcp-fqdn mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
policy=${1:?give the network firewall policy}
rules=$(gcloud compute network-firewall-policies describe "$policy" --global --flatten='rules[]' \
  --format='csv[no-heading](rules.priority,rules.description)')
ours=$(printf '%s\n' "$rules" | sed -n 's/^\([0-9]*\),"\{0,1\}nd-allow id=netdata-cloud .* target=gcp-fqdn .*$/\1/p')
is_ours() { printf '%s\n' "$ours" | grep -q -x -F -e "$1"; }
wanted='44300'
for priority in $wanted; do
  if printf '%s\n' "$rules" | grep -q "^$priority," && ! is_ours "$priority"; then
    echo "priority $priority is taken by a rule that is not ours; render with --set priority=..." >&2
    exit 1
  fi
done
put() { # priority, flags file
  if is_ours "$1"; then verb=update; else verb=create; fi
  gcloud compute network-firewall-policies rules "$verb" "$1" --firewall-policy="$policy" --global-firewall-policy --flags-file="$dir/$2"
}
put 44300 nd-allow-44300.gcp-fqdn.json
wanted='44300'
for priority in $ours; do
  case " $wanted " in
    *" $priority "*) ;;
    *) gcloud compute network-firewall-policies rules delete "$priority" --firewall-policy="$policy" --global-firewall-policy --quiet; echo "removed $priority" ;;
  esac
done
