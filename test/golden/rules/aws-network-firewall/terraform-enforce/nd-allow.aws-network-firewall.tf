# nd-allow id=netdata-cloud rev=c30d20f5f02d target=aws-network-firewall mode=enforce
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
  description = "nd-allow id=netdata-cloud rev=c30d20f5f02d target=aws-network-firewall mode=enforce"

  rule_group {
    rule_variables {
      ip_sets {
        key = "HOME_NET"

        ip_set {
          definition = ["10.0.0.0/8", "2001:db8::/32"]
        }
      }
    }

    rules_source {
      rules_string = <<-EOT
        pass tls $HOME_NET any -> $EXTERNAL_NET 443 (msg:"nd-allow api.netdata.cloud"; flow:to_server, established; tls.sni; content:"api.netdata.cloud"; startswith; endswith; nocase; sid:1894430; rev:1;)
        pass tls $HOME_NET any -> $EXTERNAL_NET 443 (msg:"nd-allow app.netdata.cloud"; flow:to_server, established; tls.sni; content:"app.netdata.cloud"; startswith; endswith; nocase; sid:1894431; rev:1;)
        pass tls $HOME_NET any -> $EXTERNAL_NET 443 (msg:"nd-allow mqtt.netdata.cloud"; flow:to_server, established; tls.sni; content:"mqtt.netdata.cloud"; startswith; endswith; nocase; sid:1894432; rev:1;)
        drop tls $HOME_NET any -> $EXTERNAL_NET any (msg:"nd-allow other names"; flow:to_server, established; ssl_state:client_hello; sid:1894433; rev:1;)
      EOT
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
