#!/bin/sh
# nd-allow id=netdata-cloud rev=f3dbb4967b48 target=sonicwall mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: b271c685563b4071 over the lines below
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
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
# What is there already cannot be added: it is brought up to date.
give() {
	body=$(jq -c "$2" "$dir/nd-allow.sonicwall.json")
	printf '%s' "$body" | jq -c --arg key "$3" '.[] | {($key): [.]}' | while read -r row; do
		call "$1" -X POST --data-binary "$row" >/dev/null 2>&1 </dev/null || call "$1" -X PUT --data-binary "$row" >/dev/null </dev/null
	done
}
give address-objects/fqdn .address_objects address_objects
give service-objects .service_objects service_objects
body=$(jq -c '{access_rules: .ipv4}' "$dir/nd-allow.sonicwall.json")
call access-rules/ipv4 -X POST --data-binary "$body" >/dev/null
body=$(jq -c '{access_rules: .ipv6}' "$dir/nd-allow.sonicwall.json")
call access-rules/ipv6 -X POST --data-binary "$body" >/dev/null
call config/pending -X POST >/dev/null
