#!/bin/sh
# nd-allow id=netdata-cloud rev=a09617a33af3 target=linkerd mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
kubectl apply -f "$dir/nd-allow.linkerd.yaml"
there=$(kubectl get tlsroutes.gateway.networking.k8s.io -n 'default' -l nd-allow=linkerd -o 'jsonpath={.items[*].metadata.name}')
wanted='nd-allow'
for name in $there; do
  case " $wanted " in
    *" $name "*) ;;
    *) kubectl delete tlsroutes.gateway.networking.k8s.io -n 'default' "$name" ;;
  esac
done
