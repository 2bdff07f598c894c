#!/bin/sh
# nd-allow id=netdata-cloud rev=f3dbb4967b48 target=sophos mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# nd-allow-sum: 4726c1d26c455e1d over the lines below
set -eu
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
answer=$(send <<'EOF'
<Remove>
<FirewallRule><Name>nd-allow-v6</Name></FirewallRule>
<FirewallRule><Name>nd-allow-v4</Name></FirewallRule>
<Services><Name>nd-allow-tcp-443</Name></Services>
<FQDNHost><Name>nd-allow-mqtt_netdata_cloud</Name></FQDNHost>
<FQDNHost><Name>nd-allow-app_netdata_cloud</Name></FQDNHost>
<FQDNHost><Name>nd-allow-api_netdata_cloud</Name></FQDNHost>
</Remove>
EOF
)
known "$answer"
answer=$(printf '<Get><FirewallRule></FirewallRule></Get>' | send)
known "$answer"
case $answer in
*'<Name>nd-allow-'*) echo 'rules of ours are still there' >&2; exit 1 ;;
esac
