#!/bin/sh
# nd-allow id=netdata-cloud rev=82ef2a8ce423 target=haproxy mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: d392f70c923d81bb over the lines below
set -eu
conf=${HAPROXY_CONF_D:-/etc/haproxy/conf.d}
rm -f "$conf/nd-allow.cfg"
if systemctl is-active --quiet haproxy; then systemctl reload haproxy; fi
