#!/bin/sh
# nd-allow id=netdata-cloud rev=ecb6e9ea1a8a target=aws-security-group mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
group=${1:?give the security group, sg-...}
ours=$(aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" 'Name=tag:nd-allow,Values=aws-security-group' --query 'SecurityGroupRules[?IsEgress].[SecurityGroupRuleId,IpProtocol,FromPort,CidrIpv4||CidrIpv6]' --output text)
ours=$(printf '%s\n' "$ours" | tr '\t' ' ')
printf '%s\n' "$ours" | while read -r id rule; do
  [ -n "$id" ] || continue
  aws ec2 revoke-security-group-egress --group-id "$group" --security-group-rule-ids "$id" </dev/null >/dev/null
  echo "removed $rule"
done
