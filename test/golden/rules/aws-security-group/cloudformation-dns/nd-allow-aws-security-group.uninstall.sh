#!/bin/sh
# nd-allow id=netdata-cloud rev=31dadd5f655c target=aws-security-group mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
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
if [ "$found" = no ]; then
  echo "there is no stack $stack"
  exit 0
fi
aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack"
echo "removed the stack $stack"
