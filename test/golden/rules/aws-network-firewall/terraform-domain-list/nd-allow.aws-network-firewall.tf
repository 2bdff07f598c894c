# nd-allow id=netdata-cloud rev=213bb94696c8 target=aws-network-firewall mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Matches names; the device follows their addresses itself.
# Nothing to refresh; render again: netdata-egress rules aws-network-firewall --set form=terraform
# Remove: everything that carries the marker nd-allow.

resource "aws_networkfirewall_rule_group" "nd_allow" {
  name        = "nd-allow"
  type        = "STATEFUL"
  capacity    = 100
  description = "nd-allow id=netdata-cloud rev=213bb94696c8 target=aws-network-firewall mode=enforce"

  rule_group {
    rules_source {
      rules_source_list {
        generated_rules_type = "ALLOWLIST"
        target_types         = ["TLS_SNI"]
        targets              = ["api.netdata.cloud", "app.netdata.cloud", "mqtt.netdata.cloud"]
      }
    }

    stateful_rule_options {
      rule_order = "STRICT_ORDER"
    }
  }

  tags = {
    "nd-allow" = "aws-network-firewall"
  }
}

output "nd_allow_rule_group_arn" {
  description = "For the firewall policy"
  value       = aws_networkfirewall_rule_group.nd_allow.arn
}
