#!/bin/sh
# nd-allow id=netdata-cloud rev=4eb93c29bdb1 target=antrea mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
kubectl delete clusternetworkpolicies.crd.antrea.io -l nd-allow=antrea
