#!/bin/sh
# nd-allow id=netdata-cloud rev=7083d8706267 target=calico mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
directions='jsonpath={range .items[*]}{.metadata.name} {.spec.policyTypes[*]} {.spec.types[*]}{"\n"}{end}'
there="$(kubectl get networkpolicies.networking.k8s.io,networkpolicies.projectcalico.org -n 'default' -o "$directions")"
there="$there
$(kubectl get globalnetworkpolicies.projectcalico.org -o "$directions")"
if ! printf '%s\n' "$there" | grep -q ' Egress'; then
  echo 'no policy in the namespace default restricts egress yet: as the first, this one would deny these pods' >&2
  echo 'everything that it does not name. If that is meant, render it with --mode enforce.' >&2
  exit 1
fi
pods=$(kubectl get pods -n 'default' -l 'app=netdata' \
  -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.hostNetwork}{"\n"}{end}')
if [ -z "$pods" ]; then echo 'no pod in the namespace default has the labels app=netdata' >&2; fi
free=$(printf '%s\n' "$pods" | sed -n 's/ true$//p' | tr '\n' ' ')
if [ -n "$free" ]; then echo "no policy for pods holds for these, they use the network of their node: $free" >&2; fi
kubectl apply -f "$dir/nd-allow.calico.yaml"
there=$(kubectl get networksets.projectcalico.org -n 'default' -l nd-allow=calico -o 'jsonpath={.items[*].metadata.name}')
wanted='nd-allow'
for name in $there; do
  case " $wanted " in
    *" $name "*) ;;
    *) kubectl delete networksets.projectcalico.org -n 'default' "$name" ;;
  esac
done
