#!/bin/sh
# nd-allow id=netdata-cloud rev=80903ccb1726 target=aws-prefix-list mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
found=$(aws ec2 describe-managed-prefix-lists --query "PrefixLists[?Tags[?Key=='nd-allow'&&Value=='aws-prefix-list']].[PrefixListId,PrefixListName]" --output text)
printf '%s\n' "$found" | while read -r id name; do
  [ -n "$id" ] || continue
  aws ec2 delete-managed-prefix-list --prefix-list-id "$id" </dev/null >/dev/null
  echo "removed $name: $id"
done
