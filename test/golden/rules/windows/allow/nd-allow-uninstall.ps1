# nd-allow id=netdata-cloud rev=28343bcc8d41 target=windows mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
$ErrorActionPreference = 'Stop'
$ids = @('{99c4ff03-b2e0-5dc5-8034-118348037e41}', '{e0693977-6184-5530-81dc-98663907ed8c}', '{b16c45e5-4c89-5136-888e-2b423f97baa2}')
Get-NetFirewallRule -Group 'nd-allow' -ErrorAction SilentlyContinue | Remove-NetFirewallRule
if (Get-Command Get-NetFirewallDynamicKeywordAddress -ErrorAction SilentlyContinue) {
  Get-NetFirewallDynamicKeywordAddress -AllAutoResolve -ErrorAction SilentlyContinue | Where-Object { $ids -contains $_.Id } | Remove-NetFirewallDynamicKeywordAddress
}
