#!/bin/sh
# nd-allow id=netdata-cloud rev=d8ab9c7c9f09 target=check-point mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 66e8088b160ad372 over the lines below
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
drop() {
	if call show "$1" name "$2" --format json 2>/dev/null | grep -Eq '"comments" *: *"nd-allow '; then
		call delete "$1" name "$2" || echo "$2 stays: it is used elsewhere" >&2
	fi
}
call delete access-rule layer 'Network' name 'nd-allow' >/dev/null 2>&1 || :
drop dns-domain '.api.netdata.cloud'
drop dns-domain '.app.netdata.cloud'
drop dns-domain '.mqtt.netdata.cloud'
drop service-tcp 'nd-allow-tcp-443'
call publish
