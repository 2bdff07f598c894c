# nd-allow id=netdata-cloud rev=dd4c84325f66 target=aws-prefix-list mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Addresses: IPv4: 3; IPv6: 2.
# Addresses from: 192.0.2.53.
# These addresses belong to shared infrastructure (load balancers, CDN): rules on them also admit its other
# tenants, and they change without notice. Prefer names where the device understands them, and refresh.
# Refresh: netdata-egress rules refresh aws-prefix-list --set form=terraform --once --output-dir DIR, and load it again
# Remove: everything that carries the marker nd-allow.

variable "nd_allow_security_groups" {
  description = "Security groups that get egress rules to the lists, by a name of your own"
  type        = map(string)
  default     = {}
}

resource "aws_ec2_managed_prefix_list" "nd_allow_v4" {
  name           = "nd-allow-v4"
  address_family = "IPv4"
  max_entries    = 20

  entry {
    cidr        = "198.51.100.2/32"
    description = "nd-allow app.netdata.cloud"
  }

  entry {
    cidr        = "198.51.100.3/32"
    description = "nd-allow api.netdata.cloud app.netdata.cloud"
  }

  entry {
    cidr        = "198.51.100.10/32"
    description = "nd-allow mqtt.netdata.cloud"
  }

  tags = {
    "nd-allow" = "aws-prefix-list"
  }
}

resource "aws_ec2_managed_prefix_list" "nd_allow_v6" {
  name           = "nd-allow-v6"
  address_family = "IPv6"
  max_entries    = 20

  entry {
    cidr        = "2001:db8::2/128"
    description = "nd-allow app.netdata.cloud mqtt.netdata.cloud"
  }

  entry {
    cidr        = "2001:db8::3/128"
    description = "nd-allow api.netdata.cloud"
  }

  tags = {
    "nd-allow" = "aws-prefix-list"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_v4_tcp_443" {
  for_each = var.nd_allow_security_groups

  security_group_id = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_ec2_managed_prefix_list.nd_allow_v4.id
  description       = "nd-allow-v4"

  tags = {
    "nd-allow" = "aws-prefix-list"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_v6_tcp_443" {
  for_each = var.nd_allow_security_groups

  security_group_id = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_ec2_managed_prefix_list.nd_allow_v6.id
  description       = "nd-allow-v6"

  tags = {
    "nd-allow" = "aws-prefix-list"
  }
}

output "nd_allow_prefix_list_ids" {
  description = "For whatever else refers to the lists"

  value = {
    "nd-allow-v4" = aws_ec2_managed_prefix_list.nd_allow_v4.id
    "nd-allow-v6" = aws_ec2_managed_prefix_list.nd_allow_v6.id
  }
}
