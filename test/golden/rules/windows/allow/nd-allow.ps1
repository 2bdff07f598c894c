# nd-allow id=netdata-cloud rev=28343bcc8d41 target=windows mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Addresses: IPv4: 3; IPv6: 2.
# Addresses from: 192.0.2.53.
# These addresses belong to shared infrastructure (load balancers, CDN): rules on them also admit its other
# tenants, and they change without notice. Prefer names where the device understands them, and refresh.
# Refresh: netdata-egress rules refresh windows --once --output-dir DIR, and load it again
# Remove: everything that carries the marker nd-allow.
# These rules matter only where outbound connections are blocked by default; group policy may ignore them.
$ErrorActionPreference = 'Stop'
$ids = @('{99c4ff03-b2e0-5dc5-8034-118348037e41}', '{e0693977-6184-5530-81dc-98663907ed8c}', '{b16c45e5-4c89-5136-888e-2b423f97baa2}')
Get-NetFirewallRule -Group 'nd-allow' -ErrorAction SilentlyContinue | Remove-NetFirewallRule
if (Get-Command Get-NetFirewallDynamicKeywordAddress -ErrorAction SilentlyContinue) {
  Get-NetFirewallDynamicKeywordAddress -AllAutoResolve -ErrorAction SilentlyContinue | Where-Object { $ids -contains $_.Id } | Remove-NetFirewallDynamicKeywordAddress
}
New-NetFirewallRule -Name 'nd-allow-443' -DisplayName 'Netdata Cloud tcp 443' -Group 'nd-allow' -Direction Outbound -Action Allow -Profile Any -Enabled True -Protocol TCP -RemotePort @('443') -RemoteAddress @('198.51.100.2', '198.51.100.3', '198.51.100.10', '2001:db8::2', '2001:db8::3') | Out-Null
