#!/bin/sh
# nd-allow id=netdata-cloud rev=6ab405d5bf91 target=istio mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
kubectl apply -f "$dir/nd-allow.istio.yaml"
there=$(kubectl get serviceentries.networking.istio.io -n 'default' -l nd-allow=istio -o 'jsonpath={.items[*].metadata.name}')
wanted='nd-allow'
for name in $there; do
  case " $wanted " in
    *" $name "*) ;;
    *) kubectl delete serviceentries.networking.istio.io -n 'default' "$name" ;;
  esac
done
