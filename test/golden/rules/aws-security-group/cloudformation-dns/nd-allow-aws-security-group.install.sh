#!/bin/sh
# nd-allow id=netdata-cloud rev=31dadd5f655c target=aws-security-group mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
group=${1:-sg-0123456789abcdef0}
stack=nd-allow-aws-security-group
if said=$(aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Tags[?Key=='nd-allow']|[0].Value" --output text 2>&1); then
  if [ "$said" != 'aws-security-group' ]; then
    echo "the stack $stack is there already and is not ours: it lacks the tag nd-allow=aws-security-group" >&2
    exit 1
  fi
  found=yes
else
  case $said in
    *'does not exist'*) found=no ;;
    *) printf '%s\n' "$said" >&2; exit 1 ;;
  esac
fi
aws cloudformation deploy --stack-name "$stack" --template-file "$dir/nd-allow.aws-security-group.template.yaml" \
  --no-fail-on-empty-changeset --tags nd-allow=aws-security-group --parameter-overrides "SecurityGroupId=$group"
[ "$found" = yes ] || echo "made the stack $stack"
