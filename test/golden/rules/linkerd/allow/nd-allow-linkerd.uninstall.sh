#!/bin/sh
# nd-allow id=netdata-cloud rev=0e060f3e356b target=linkerd mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
kubectl delete tlsroutes.gateway.networking.k8s.io,egressnetworks.policy.linkerd.io -n 'default' -l nd-allow=linkerd
