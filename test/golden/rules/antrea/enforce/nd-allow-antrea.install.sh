#!/bin/sh
# nd-allow id=netdata-cloud rev=29ea6db847fd target=antrea mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
pods=$(kubectl get pods -n 'default' -l 'app=netdata' \
  -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.hostNetwork}{"\n"}{end}')
if [ -z "$pods" ]; then echo 'no pod in the namespace default has the labels app=netdata' >&2; fi
free=$(printf '%s\n' "$pods" | sed -n 's/ true$//p' | tr '\n' ' ')
if [ -n "$free" ]; then echo "no policy for pods holds for these, they use the network of their node: $free" >&2; fi
kubectl apply -f "$dir/nd-allow.antrea.yaml"
