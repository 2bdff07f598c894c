#!/bin/sh
# nd-allow id=netdata-cloud rev=d42af990858e target=aws-network-firewall mode=enforce
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
stack=nd-allow-aws-network-firewall
if said=$(aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Tags[?Key=='nd-allow']|[0].Value" --output text 2>&1); then
  if [ "$said" != 'aws-network-firewall' ]; then
    echo "the stack $stack is there already and is not ours: it lacks the tag nd-allow=aws-network-firewall" >&2
    exit 1
  fi
  found=yes
else
  case $said in
    *'does not exist'*) found=no ;;
    *) printf '%s\n' "$said" >&2; exit 1 ;;
  esac
fi
aws cloudformation deploy --stack-name "$stack" --template-file "$dir/nd-allow.aws-network-firewall.template.yaml" \
  --no-fail-on-empty-changeset --tags nd-allow=aws-network-firewall
[ "$found" = yes ] || echo "made the stack $stack"
