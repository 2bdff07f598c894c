#!/bin/sh
# nd-allow id=netdata-cloud rev=d8ab9c7c9f09 target=check-point mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Matches names; the device follows their addresses itself.
# Nothing to refresh; render again: netdata-egress rules check-point
# Remove: everything that carries the marker nd-allow.
# Run in expert mode on the management server, or elsewhere with MGMT_LOGIN="-m SERVER -u USER".
# Everything is one session: published at the end, discarded at the first error. Gateways resolve the names.
# nd-allow-sum: 5d3857387a7f43b2 over the lines below
set -eu
session=$(mktemp)
call() { mgmt_cli "$@" -s "$session"; }
finish() {
	status=$?
	[ "$status" -eq 0 ] || call discard >/dev/null 2>&1 || :
	call logout >/dev/null 2>&1 || :
	rm -f "$session"
	exit "$status"
}
trap finish EXIT
# shellcheck disable=SC2086
mgmt_cli login ${MGMT_LOGIN:--r true} >"$session"
has() { call show "$1" name "$2" >/dev/null 2>&1; }
domain() {
	has dns-domain "$1" || call add dns-domain name "$1" is-sub-domain false comments 'nd-allow netdata cloud'
	call show dns-domain name "$1" --format json | grep -Eq '"is-sub-domain" *: *false' || {
		echo "the domain object $1 exists and stands for its subdomains too: it is not used" >&2
		exit 1
	}
}
host() { has host "$1" || call add host name "$1" ip-address "$2" comments 'nd-allow netdata cloud'; }
network() { has network "$1" || call add network name "$1" subnet "$2" mask-length "$3" comments 'nd-allow netdata cloud'; }
service() {
	has service-tcp "$1" || call add service-tcp name "$1" port "$2" match-for-any false ignore-warnings true comments 'nd-allow netdata cloud'
}
domain '.api.netdata.cloud'
domain '.app.netdata.cloud'
domain '.mqtt.netdata.cloud'
service 'nd-allow-tcp-443' 443
call delete access-rule layer 'Network' name 'nd-allow' >/dev/null 2>&1 || :
call add access-rule layer 'Network' position top name 'nd-allow' source 'Any' destination.1 '.api.netdata.cloud' destination.2 '.app.netdata.cloud' destination.3 '.mqtt.netdata.cloud' service.1 'nd-allow-tcp-443' action Accept track.type Log comments 'nd-allow netdata cloud'
call publish
