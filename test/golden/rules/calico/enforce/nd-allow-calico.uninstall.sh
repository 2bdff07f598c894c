#!/bin/sh
# nd-allow id=netdata-cloud rev=6a58ae97cd55 target=calico mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
kubectl delete networkpolicies.projectcalico.org -n 'default' -l nd-allow=calico
kubectl delete networksets.projectcalico.org -n 'default' -l nd-allow=calico
