#!/bin/sh
# nd-allow id=netdata-cloud rev=0e060f3e356b target=linkerd mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
kubectl get egressnetworks.policy.linkerd.io 'all-egress-traffic' -n 'default' >/dev/null || {
  echo 'name your EgressNetwork with --set egress-network=..., or render with --mode enforce' >&2
  exit 1
}
kubectl apply -f "$dir/nd-allow.linkerd.yaml"
there=$(kubectl get tlsroutes.gateway.networking.k8s.io -n 'default' -l nd-allow=linkerd -o 'jsonpath={.items[*].metadata.name}')
wanted='nd-allow'
for name in $there; do
  case " $wanted " in
    *" $name "*) ;;
    *) kubectl delete tlsroutes.gateway.networking.k8s.io -n 'default' "$name" ;;
  esac
done
