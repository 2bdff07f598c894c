# nd-allow id=netdata-cloud rev=615f031c86b7 target=mikrotik mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
/ip firewall filter remove [find where comment~"^nd-allow" and dynamic=no]
/ip firewall address-list remove [find where comment~"^nd-allow" and dynamic=no]
/ipv6 firewall filter remove [find where comment~"^nd-allow" and dynamic=no]
/ipv6 firewall address-list remove [find where comment~"^nd-allow" and dynamic=no]
