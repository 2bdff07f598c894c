#!/bin/sh
# nd-allow id=netdata-cloud rev=f3dbb4967b48 target=sophos mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 3c5de96ae820a60d over the lines below
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
: "${SOPHOS_URL:?name the firewall, https://ADDRESS:4444}" "${SOPHOS_LOGIN:?name a file with the element Login}"
send() {
	{ printf '<Request>'; cat "$SOPHOS_LOGIN"; cat; printf '</Request>'; } |
		curl -fsS ${SOPHOS_CURLRC:+-K "$SOPHOS_CURLRC"} --data-urlencode reqxml@- "$SOPHOS_URL/webconsole/APIController"
}
known() {
	case $1 in
	*'<status>Authentication Successful</status>'*) ;;
	*) echo 'the firewall did not accept the login' >&2; exit 1 ;;
	esac
}
answer=$(send <"$dir/nd-allow.sophos.xml")
known "$answer"
# What was there already could not be added: now everything is brought up to date, and that must succeed.
answer=$(sed 's/^<Set operation="add">$/<Set operation="update">/' "$dir/nd-allow.sophos.xml" | send)
known "$answer"
codes=$(printf '%s\n' "$answer" | tr '<' '\n' | sed -n 's/^Status code="\([0-9]*\)".*/\1/p')
if [ "$(printf '%s\n' "$codes" | grep -c -x -e 200 -e 216)" -ne 6 ]; then
	printf '%s\n' "$answer" >&2
	exit 1
fi
