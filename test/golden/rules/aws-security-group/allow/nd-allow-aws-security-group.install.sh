#!/bin/sh
# nd-allow id=netdata-cloud rev=ecb6e9ea1a8a target=aws-security-group mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
group=${1:?give the security group, sg-...}
ours=$(aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" 'Name=tag:nd-allow,Values=aws-security-group' --query 'SecurityGroupRules[?IsEgress].[SecurityGroupRuleId,IpProtocol,FromPort,CidrIpv4||CidrIpv6]' --output text)
ours=$(printf '%s\n' "$ours" | tr '\t' ' ')

# protocol, port, prefix, the rule as JSON
allow() {
  if printf '%s\n' "$ours" | cut -d ' ' -f 2- | grep -q -x -F -e "$1 $2 $3"; then return 0; fi
  if said=$(aws ec2 authorize-security-group-egress --group-id "$group" --ip-permissions "$4" \
    --tag-specifications 'ResourceType=security-group-rule,Tags=[{Key=nd-allow,Value=aws-security-group}]' 2>&1); then
    echo "allowed $1 $2 $3"
  else
    case $said in
      *InvalidPermission.Duplicate*) echo "already allowed by a rule that is not ours: $1 $2 $3" ;;
      *) printf '%s\n' "$said" >&2; exit 1 ;;
    esac
  fi
}

allow tcp 443 198.51.100.2/32 '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"198.51.100.2/32","Description":"nd-allow app.netdata.cloud"}]}]'
allow tcp 443 198.51.100.3/32 '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"198.51.100.3/32","Description":"nd-allow api.netdata.cloud app.netdata.cloud"}]}]'
allow tcp 443 198.51.100.10/32 '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"198.51.100.10/32","Description":"nd-allow mqtt.netdata.cloud"}]}]'
allow tcp 443 2001:db8::2/128 '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"Ipv6Ranges":[{"CidrIpv6":"2001:db8::2/128","Description":"nd-allow app.netdata.cloud mqtt.netdata.cloud"}]}]'
allow tcp 443 2001:db8::3/128 '[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"Ipv6Ranges":[{"CidrIpv6":"2001:db8::3/128","Description":"nd-allow api.netdata.cloud"}]}]'

wanted='tcp 443 198.51.100.2/32
tcp 443 198.51.100.3/32
tcp 443 198.51.100.10/32
tcp 443 2001:db8::2/128
tcp 443 2001:db8::3/128'
printf '%s\n' "$ours" | while read -r id rule; do
  [ -n "$id" ] || continue
  if ! printf '%s\n' "$wanted" | grep -q -x -F -e "$rule"; then
    aws ec2 revoke-security-group-egress --group-id "$group" --security-group-rule-ids "$id" </dev/null >/dev/null
    echo "removed $rule"
  fi
done
