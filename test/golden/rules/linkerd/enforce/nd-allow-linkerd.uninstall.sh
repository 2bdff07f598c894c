#!/bin/sh
# nd-allow id=netdata-cloud rev=a09617a33af3 target=linkerd mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
kubectl delete tlsroutes.gateway.networking.k8s.io,egressnetworks.policy.linkerd.io -n 'default' -l nd-allow=linkerd
