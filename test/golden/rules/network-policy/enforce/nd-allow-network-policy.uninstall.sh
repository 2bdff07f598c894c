#!/bin/sh
# nd-allow id=netdata-cloud rev=d3741e414a27 target=network-policy mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
kubectl delete networkpolicies.networking.k8s.io -n 'default' -l nd-allow=network-policy
