#!/bin/sh
# nd-allow id=netdata-cloud rev=6a58ae97cd55 target=calico mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
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
