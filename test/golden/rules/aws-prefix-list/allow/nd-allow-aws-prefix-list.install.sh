#!/bin/sh
# nd-allow id=netdata-cloud rev=80903ccb1726 target=aws-prefix-list mode=allow
# nd-allow-time: made 2026-11-22T20:00:00.000Z by netdata-egress 0.1.0, first address goes stale 2026-11-22T21:00:00.000Z
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
add=; seen=; drop=
# prefix, entry as JSON: to be added unless it is there
entry() {
  seen="$seen $1 "
  case "$have" in *" $1 "*) ;; *) add="$add${add:+,}$2" ;; esac
}
load() { # name
  found=$(aws ec2 describe-managed-prefix-lists --filters "Name=prefix-list-name,Values=$1" \
    --query "PrefixLists[?Tags[?Key=='nd-allow'&&Value=='aws-prefix-list']].[PrefixListId,Version,MaxEntries]" --output text)
  id=$(printf '%s\n' "$found" | cut -f 1)
  have=
  if [ -n "$id" ]; then
    have=$(aws ec2 get-managed-prefix-list-entries --prefix-list-id "$id" --query 'Entries[].Cidr' --output text)
    have=" $(printf '%s' "$have" | tr '\t\n' '  ') "
  fi
  add=; seen=; drop=
}
finish() { # name, request, room, ports
  if [ -z "$id" ]; then
    id=$(aws ec2 create-managed-prefix-list --cli-input-json "file://$dir/$2" --query PrefixList.PrefixListId --output text)
    echo "created $1: $id"
  else
    for old in $have; do
      case "$seen" in *" $old "*) ;; *) drop="$drop${drop:+,}{\"Cidr\":\"$old\"}" ;; esac
    done
    version=$(printf '%s\n' "$found" | cut -f 2)
    room=$(printf '%s\n' "$found" | cut -f 3)
    if [ "$room" -lt "$3" ]; then
      echo "$1 has room for $room entries; first: aws ec2 modify-managed-prefix-list --prefix-list-id $id --max-entries $3" >&2
      exit 1
    fi
    if [ -z "$add$drop" ]; then
      echo "$1 is as it should be: $id"
    else
      aws ec2 modify-managed-prefix-list --prefix-list-id "$id" --current-version "$version" \
        --add-entries "[$add]" --remove-entries "[$drop]" >/dev/null
      echo "changed $1: $id"
    fi
  fi
  for port in $4; do
    echo "  rule: aws ec2 authorize-security-group-egress --group-id sg-... --ip-permissions IpProtocol=tcp,FromPort=$port,ToPort=$port,PrefixListIds=[{PrefixListId=$id}]"
  done
}

load nd-allow-v4
entry 198.51.100.2/32 '{"Cidr":"198.51.100.2/32","Description":"nd-allow app.netdata.cloud"}'
entry 198.51.100.3/32 '{"Cidr":"198.51.100.3/32","Description":"nd-allow api.netdata.cloud app.netdata.cloud"}'
entry 198.51.100.10/32 '{"Cidr":"198.51.100.10/32","Description":"nd-allow mqtt.netdata.cloud"}'
finish nd-allow-v4 nd-allow-v4.aws-prefix-list.json 20 '443'

load nd-allow-v6
entry 2001:db8::2/128 '{"Cidr":"2001:db8::2/128","Description":"nd-allow app.netdata.cloud mqtt.netdata.cloud"}'
entry 2001:db8::3/128 '{"Cidr":"2001:db8::3/128","Description":"nd-allow api.netdata.cloud"}'
finish nd-allow-v6 nd-allow-v6.aws-prefix-list.json 20 '443'
