# nd-allow id=netdata-cloud rev=5d43966e7666 target=aws-security-group mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
# Allows this host or network to open connections to:
#   api.netdata.cloud tcp/443 (link)
#   app.netdata.cloud tcp/443 (claim)
#   mqtt.netdata.cloud tcp/443 (link)
# Addresses: IPv4: 3; IPv6: 2.
# Addresses from: 192.0.2.53.
# These addresses belong to shared infrastructure (load balancers, CDN): rules on them also admit its other
# tenants, and they change without notice. Prefer names where the device understands them, and refresh.
# Refresh: netdata-egress rules refresh aws-security-group --set form=terraform --once --output-dir DIR, and load it again
# Remove: everything that carries the marker nd-allow.

variable "nd_allow_security_group_id" {
  description = "Security group that gets the egress rules"
  type        = string
  default     = "sg-0123456789abcdef0"
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_tcp_53_v4" {
  for_each = {
    "192.0.2.53/32" = "nd-allow dns"
  }

  security_group_id = var.nd_allow_security_group_id
  ip_protocol       = "tcp"
  from_port         = 53
  to_port           = 53
  cidr_ipv4         = each.key
  description       = each.value

  tags = {
    "nd-allow" = "aws-security-group"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_udp_53_v4" {
  for_each = {
    "192.0.2.53/32" = "nd-allow dns"
  }

  security_group_id = var.nd_allow_security_group_id
  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 53
  cidr_ipv4         = each.key
  description       = each.value

  tags = {
    "nd-allow" = "aws-security-group"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_tcp_53_v6" {
  for_each = {
    "2001:db8::53/128" = "nd-allow dns"
  }

  security_group_id = var.nd_allow_security_group_id
  ip_protocol       = "tcp"
  from_port         = 53
  to_port           = 53
  cidr_ipv6         = each.key
  description       = each.value

  tags = {
    "nd-allow" = "aws-security-group"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_udp_53_v6" {
  for_each = {
    "2001:db8::53/128" = "nd-allow dns"
  }

  security_group_id = var.nd_allow_security_group_id
  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 53
  cidr_ipv6         = each.key
  description       = each.value

  tags = {
    "nd-allow" = "aws-security-group"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_tcp_443_v4" {
  for_each = {
    "198.51.100.2/32"  = "nd-allow app.netdata.cloud"
    "198.51.100.3/32"  = "nd-allow api.netdata.cloud app.netdata.cloud"
    "198.51.100.10/32" = "nd-allow mqtt.netdata.cloud"
  }

  security_group_id = var.nd_allow_security_group_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.key
  description       = each.value

  tags = {
    "nd-allow" = "aws-security-group"
  }
}

resource "aws_vpc_security_group_egress_rule" "nd_allow_tcp_443_v6" {
  for_each = {
    "2001:db8::2/128" = "nd-allow app.netdata.cloud mqtt.netdata.cloud"
    "2001:db8::3/128" = "nd-allow api.netdata.cloud"
  }

  security_group_id = var.nd_allow_security_group_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv6         = each.key
  description       = each.value

  tags = {
    "nd-allow" = "aws-security-group"
  }
}
