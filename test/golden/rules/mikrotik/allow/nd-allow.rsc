# nd-allow id=netdata-cloud rev=615f031c86b7 target=mikrotik mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Addresses: IPv4: 3; IPv6: 2.
# Addresses from: 192.0.2.53.
# These addresses belong to shared infrastructure (load balancers, CDN): rules on them also admit its other
# tenants, and they change without notice. Prefer names where the device understands them, and refresh.
# Refresh: netdata-egress rules refresh mikrotik --once --output-dir DIR, and load it again
# Remove: everything that carries the marker nd-allow.
# Import in Safe Mode. Replies need the usual accept of established connections.
/ip firewall filter remove [find where comment~"^nd-allow" and dynamic=no]
/ip firewall address-list remove [find where comment~"^nd-allow" and dynamic=no]
/ip firewall address-list add list=nd-allow address=api.netdata.cloud comment="nd-allow api.netdata.cloud"
/ip firewall address-list add list=nd-allow address=app.netdata.cloud comment="nd-allow app.netdata.cloud"
/ip firewall address-list add list=nd-allow address=mqtt.netdata.cloud comment="nd-allow mqtt.netdata.cloud"
:if ([:len [/ip firewall filter find where chain=forward and dynamic=no]] > 0) do={ /ip firewall filter add chain=forward action=accept protocol=tcp dst-port=443 dst-address-list=nd-allow comment="nd-allow netdata cloud" place-before=([/ip firewall filter find where chain=forward and dynamic=no]->0) } else={ /ip firewall filter add chain=forward action=accept protocol=tcp dst-port=443 dst-address-list=nd-allow comment="nd-allow netdata cloud" }
/ipv6 firewall filter remove [find where comment~"^nd-allow" and dynamic=no]
/ipv6 firewall address-list remove [find where comment~"^nd-allow" and dynamic=no]
/ipv6 firewall address-list add list=nd-allow address=api.netdata.cloud comment="nd-allow api.netdata.cloud"
/ipv6 firewall address-list add list=nd-allow address=app.netdata.cloud comment="nd-allow app.netdata.cloud"
/ipv6 firewall address-list add list=nd-allow address=mqtt.netdata.cloud comment="nd-allow mqtt.netdata.cloud"
:if ([:len [/ipv6 firewall filter find where chain=forward and dynamic=no]] > 0) do={ /ipv6 firewall filter add chain=forward action=accept protocol=tcp dst-port=443 dst-address-list=nd-allow comment="nd-allow netdata cloud" place-before=([/ipv6 firewall filter find where chain=forward and dynamic=no]->0) } else={ /ipv6 firewall filter add chain=forward action=accept protocol=tcp dst-port=443 dst-address-list=nd-allow comment="nd-allow netdata cloud" }
