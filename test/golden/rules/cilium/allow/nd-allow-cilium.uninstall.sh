#!/bin/sh
# nd-allow id=netdata-cloud rev=712b29c2801f target=cilium mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
kubectl delete ciliumnetworkpolicies.cilium.io -n 'default' -l nd-allow=cilium
