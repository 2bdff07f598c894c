#!/bin/sh
# nd-allow id=netdata-cloud rev=8a97d3c23215 target=pihole mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
pihole allow remove 'api.netdata.cloud' 'app.netdata.cloud' 'mqtt.netdata.cloud'
