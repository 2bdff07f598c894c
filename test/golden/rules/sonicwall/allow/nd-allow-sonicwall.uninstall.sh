#!/bin/sh
# nd-allow id=netdata-cloud rev=f3dbb4967b48 target=sonicwall mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 21d16f9ec594dd90 over the lines below
set -eu
: "${SONICWALL_URL:?name the firewall, https://ADDRESS}" "${SONICWALL_CURLRC:?name a curl configuration with the login}"
jar=$(mktemp)
call() {
	path=$1
	shift
	curl -fsS -b "$jar" -c "$jar" -H 'Accept: application/json' -H 'Content-Type: application/json' "$@" "$SONICWALL_URL/api/sonicos/$path"
}
end() {
	call config/pending -X DELETE >/dev/null 2>&1 || :
	call auth -X DELETE >/dev/null 2>&1 || :
	rm -f "$jar"
}
trap end EXIT
call auth -K "$SONICWALL_CURLRC" --basic -X POST --data-binary '{"override":true}' >/dev/null
for family in ipv4 ipv6; do
	rules=$(call "access-rules/$family")
	ids=$(printf '%s' "$rules" | jq -r --arg family "$family" '.access_rules[]?[$family] | select((.name // "") | startswith("nd-allow-")) | .uuid')
	for id in $ids; do call "access-rules/$family/uuid/$id" -X DELETE >/dev/null; done
done
call config/pending -X POST >/dev/null
# An object that something else uses by now stays.
drop() { call "$1" -X DELETE >/dev/null 2>&1 || :; }
drop address-objects/fqdn/name/nd-allow-api_netdata_cloud
drop address-objects/fqdn/name/nd-allow-app_netdata_cloud
drop address-objects/fqdn/name/nd-allow-mqtt_netdata_cloud
drop service-objects/name/nd-allow-tcp-443
call config/pending -X POST >/dev/null
