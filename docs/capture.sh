#!/bin/sh
# netdata-egress capture: looks, on a host that has nothing, at what the Netdata Agent meets on its way to Netdata Cloud.
# Prints one text for `netdata-egress doctor --from-capture FILE`. It connects only to where the Agent itself would connect
# (its base URL, the hosts that /env names, its proxies, the resolvers), changes nothing, keeps nothing, sends nothing
# to anybody else, and ends within 30 seconds. Tokens, logins, ids and keys are hidden before anything is printed.
#
# usage: sh capture.sh [--config-dir DIR] [--lib-dir DIR] > capture.txt
set -u
LC_ALL=C
export LC_ALL
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${PATH:+:$PATH}
umask 077

CONFIG_DIR=
LIB_DIR=
while [ $# -gt 0 ]; do
  case $1 in
    --config-dir) CONFIG_DIR=${2-} ;;
    --lib-dir) LIB_DIR=${2-} ;;
    *) printf 'usage: sh capture.sh [--config-dir DIR] [--lib-dir DIR]\n' >&2; exit 2 ;;
  esac
  shift
  [ $# -gt 0 ] && shift
done

has() { command -v "$1" >/dev/null 2>&1; }

# Centiseconds since the start.
START=0
now() {
  read -r up _ </proc/uptime || up=0.00
  NOW=$((${up%.*}${up#*.} - START))
}
[ -r /proc/uptime ] || { printf 'this script needs Linux and /proc\n' >&2; exit 2; }
now
START=$NOW
NOW=0

T=$(mktemp -d "${TMPDIR:-/tmp}/netdata-egress.XXXXXX") || exit 2
JOBS=
stop_all() {
  for j in $JOBS; do
    [ -e "$T/$j.done" ] && continue
    [ -s "$T/$j.pid" ] && read -r p <"$T/$j.pid" && kill "$p" 2>/dev/null
  done
  rm -rf "$T"
}
trap stop_all EXIT
trap 'exit 130' INT TERM HUP
TICK=1
NAP=1
sleep 0.05 2>/dev/null && TICK=0.2 && NAP=0.05

LINES_OUT=$T/out
: >"$LINES_OUT"
say() { printf '%s\n' "$*" >>"$LINES_OUT"; }
# Each line of stdin behind a mark; what is no text is taken out.
marked() { tr -d '\000' | awk -v m="$1" '{ print m " " $0 }' >>"$LINES_OUT"; }

ID=11111111-1111-4111-8111-111111111111
ZERO=00000000-0000-0000-0000-000000000000
# Hides what is nobody's business: values of tokens (letters and digits become 0: their form matters), passwords and
# keys, ids, and logins in URLs.
mask() {
  sed \
    -e "s/$ZERO/@no-id@/g" \
    -e "s/[0-9a-fA-F]\{8\}-[0-9a-fA-F]\{4\}-[0-9a-fA-F]\{4\}-[0-9a-fA-F]\{4\}-[0-9a-fA-F]\{12\}/$ID/g" \
    -e "s/@no-id@/$ZERO/g" \
    -e ':t' -e 's/\([Tt][Oo][Kk][Ee][Nn][A-Za-z_ ]*[=:][^A-Za-z1-9]*\)[A-Za-z1-9]/\10/' -e 'tt' \
    -e 's/\([Pp][Aa][Ss][Ss][Ww]*[A-Za-z_ ]*[=:][[:space:]]*\)[^[:space:]].*$/\1hidden/' \
    -e 's/\([Kk][Ee][Yy][[:space:]]*[=:][[:space:]]*\)[^[:space:]].*$/\1hidden/' \
    -e 's/\([Aa]uthorization[[:space:]]*[=:][[:space:]]*\).*$/\1hidden/' \
    -e 's#\(://\)[^[:space:]":@/]*@#\1x@#g' \
    -e '/[Pp][Rr][Oo][Xx][Yy]/ s#\(://\)[^:@/]*:.*@#\1x:x@#' \
    -e '/[Pp][Rr][Oo][Xx][Yy]/ s#\(=[[:space:]]*"\{0,1\}\)[^:/@"]*:[^/].*@#\1x:x@#' \
    -e 's#\(://\)[^[:space:]":@/]*:[^[:space:]"]*@#\1x:x@#g'
}
blank() { sed 's/[A-Za-z1-9]/0/g'; }

meta() { stat -L -c '%s %u %g %a %Y' "$1" 2>/dev/null || printf '%s\n' '- - - - -'; }
kind() { if [ -d "$1" ]; then printf directory; elif [ -f "$1" ]; then printf file; else printf other; fi; }

# note PATH: that it is there, and whose it is; its contents stay where they are.
note() {
  if [ -e "$1" ]; then
    say "@ stat $(kind "$1") $(meta "$1") $1"
  elif up_dir=${1%/*} && [ -d "$up_dir" ] && [ ! -x "$up_dir" ]; then
    say "@ stat denied - - - - - $1"
  else
    say "@ stat missing - - - - - $1"
  fi
}

# file PATH [FILTER]: its contents, at most 256 kB.
file() {
  note "$1"
  [ -f "$1" ] || return 0
  if [ ! -r "$1" ]; then
    say "@ file unreadable - $1"
    return 0
  fi
  end="whole"
  [ -n "$(tail -c 1 "$1" 2>/dev/null | tr -d '\000')" ] && end="open"
  [ "$(wc -c <"$1")" -gt 262144 ] && end="cut"
  say "@ file read $end $1"
  head -c 262144 "$1" 2>/dev/null | "${2:-mask}" | marked '|'
}

# dir PATH: the names in it.
dir() {
  note "$1"
  [ -d "$1" ] || return 0
  say "@ dir $1"
  # shellcheck disable=SC2012
  ls -1a "$1" 2>/dev/null | sed -e '/^\.\{1,2\}$/d' | head -n 2000 | marked '|'
}

# ran NAME PROGRAM ARGS…: what it prints, at most 2 MB, within 4 s.
ran() {
  name=$1
  shift
  has "$1" || { say "@ ran $name missing"; return 0; }
  now
  [ "$NOW" -lt 2800 ] || { say "@ ran $name late"; return 0; }
  "$@" </dev/null >"$T/ran" 2>"$T/ran.e" &
  p=$!
  until=$((NOW + 400))
  [ "$until" -gt 2900 ] && until=2900
  while [ "$NOW" -lt "$until" ] && kill -0 "$p" 2>/dev/null; do
    sleep $NAP
    now
  done
  kill "$p" 2>/dev/null
  wait "$p" 2>/dev/null
  rc=$?
  [ "$(wc -c <"$T/ran")" -gt 2097152 ] && rc=large
  say "@ ran $name $rc"
  [ "$rc" = large ] || mask <"$T/ran" | marked '|'
  head -c 600 "$T/ran.e" | mask | marked '!'
}

# ---------------------------------------------------------------- the host

say 'netdata-egress-capture 1'
say "@ began $(date -u +%Y-%m-%dT%H:%M:%SZ)"
say "@ system $(uname -s) $(uname -m) $(uname -r)"
say "@ me $(id -u) $(id -un 2>/dev/null || printf -- -)"
for tool in getent ip ss openssl curl wget nft iptables; do
  if has "$tool"; then say "@ tool $tool yes"; else say "@ tool $tool no"; fi
done
if has openssl; then openssl version | mask | { read -r line; say "@ openssl $line"; }; fi

for f in /etc/os-release /etc/nsswitch.conf /etc/resolv.conf /proc/net/route /proc/net/ipv6_route \
  /proc/sys/net/ipv4/ip_local_port_range /proc/net/netfilter/nfnetlink_queue /proc/net/ip_tables_names \
  /proc/net/ip6_tables_names /etc/environment /etc/apt/apt.conf /etc/dnf/dnf.conf /etc/yum.conf; do
  file "$f"
done
dir /etc/apt/apt.conf.d
for f in /etc/apt/apt.conf.d/*; do
  [ -f "$f" ] && grep -qi proxy "$f" 2>/dev/null && file "$f"
done

# Accounts that matter.
for u in root netdata "$(id -un 2>/dev/null || printf root)"; do
  line=$(getent passwd "$u" 2>/dev/null || grep "^$u:" /etc/passwd 2>/dev/null | head -n 1)
  [ -n "$line" ] && say "@ user $u $(printf '%s' "$line" | cut -d: -f3,4 | tr ':' ' ') $(id -G "$u" 2>/dev/null)"
done
line=$(grep '^netdata:' /etc/group 2>/dev/null | cut -d: -f3)
[ -n "$line" ] && say "@ group netdata $line"

# The Agent: places, unit, process.
ETC='/etc/netdata /opt/netdata/etc/netdata /usr/local/netdata/etc/netdata /opt/etc/netdata'
LIB='/var/lib/netdata /opt/netdata/var/lib/netdata /usr/local/netdata/var/lib/netdata /opt/var/lib/netdata'
[ -n "$CONFIG_DIR" ] && ETC=$CONFIG_DIR
[ -n "$LIB_DIR" ] && LIB=$LIB_DIR
for d in $ETC; do
  dir "$d"
  for f in claim.conf netdata.conf cloud.conf cloud.d/cloud.conf .environment .install-type; do
    [ -e "$d/$f" ] && file "$d/$f"
  done
done
moved=
for d in $ETC; do
  m=$(sed -n 's/^[[:space:]]*\(lib\|cloud\.d\|lib directory\)[[:space:]]*=[[:space:]]*\(\/[^[:space:]]*\).*$/\2/p' "$d/netdata.conf" 2>/dev/null | head -n 3)
  moved="$moved $m"
done
for d in $LIB $moved; do
  dir "$d"
  for c in "$d/cloud.d" "$d"; do
    [ -d "$c" ] || { [ "$c" = "$d" ] || note "$c"; continue; }
    note "$c"
    for f in cloud.conf claimed_id claim.conf; do [ -e "$c/$f" ] && file "$c/$f"; done
    for f in token rooms; do [ -e "$c/$f" ] && file "$c/$f" blank; done
    for f in private.pem public.pem trusted.pem cloud_fullchain.pem; do [ -e "$c/$f" ] && note "$c/$f"; done
    # What is not named above does not exist.
    for f in private.pem trusted.pem cloud_fullchain.pem; do [ -e "$c/$f" ] || note "$c/$f"; done
  done
  [ -e "$d/status-netdata.json" ] && file "$d/status-netdata.json"
done
for f in /usr/sbin/netdata /opt/netdata/bin/srv/netdata /opt/netdata/usr/sbin/netdata /opt/netdata/bin/netdata \
  /opt/netdata/sbin/netdata /usr/local/netdata/usr/sbin/netdata /opt/sbin/netdata /.dockerenv \
  /usr/lib/ssl /etc/pki/tls /opt/netdata/etc/ssl; do
  note "$f"
done
for d in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
  [ -e "$d/netdata.service" ] && file "$d/netdata.service"
  for o in service.d netdata.service.d; do
    [ -d "$d/$o" ] || continue
    dir "$d/$o"
    for f in "$d/$o"/*.conf; do [ -f "$f" ] && file "$f"; done
  done
done
[ -e /etc/systemd/system.conf ] && file /etc/systemd/system.conf
for f in /usr/sbin/netdata /opt/netdata/bin/netdata; do
  [ -x "$f" ] && ran "version:$f" "$f" -V
done
for f in /usr/sbin/netdatacli /opt/netdata/bin/netdatacli; do
  [ -x "$f" ] && ran aclk-state "$f" aclk-state json && break
done

NAMES='^(https?_proxy|HTTPS?_PROXY|all_proxy|ALL_PROXY|no_proxy|NO_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|CURL_CA_BUNDLE|NETDATA_[A-Z_]*)='
RAW=$T/raw
: >"$RAW"
say '@ environment self'
env | grep -E "$NAMES" >"$T/env"
cat "$T/env" >>"$RAW"
mask <"$T/env" | marked '|'
say "@ btime $(sed -n 's/^btime //p' /proc/stat 2>/dev/null)"
netdatas=
for d in /proc/[0-9]*; do
  { read -r comm <"$d/comm"; } 2>/dev/null || continue
  [ "$comm" = netdata ] || continue
  netdatas="$netdatas ${d#/proc/}"
done
for p in $netdatas; do
  parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null)
  case " $netdatas " in *" $parent "*) continue ;; esac
  uid=$(sed -n 's/^Uid:[[:space:]]*[0-9]*[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$p/status" 2>/dev/null)
  gid=$(sed -n 's/^Gid:[[:space:]]*[0-9]*[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$p/status" 2>/dev/null)
  ticks=$(sed 's/.*) //' "/proc/$p/stat" 2>/dev/null | cut -d' ' -f20)
  same=
  for n in mnt net pid; do
    a=$(readlink "/proc/$p/ns/$n" 2>/dev/null)
    b=$(readlink "/proc/self/ns/$n" 2>/dev/null)
    if [ -z "$a" ]; then same="$same ?"; elif [ "$a" = "$b" ]; then same="$same yes"; else same="$same no"; fi
  done
  exe=$(readlink "/proc/$p/exe" 2>/dev/null | sed 's/ (deleted)$//')
  say "@ process $p ${parent:--} ${uid:--} ${gid:--} ${ticks:--}$same ${exe:--}"
  if tr '\000' '\n' 2>/dev/null <"/proc/$p/environ" | grep -E "$NAMES" >"$T/env" || [ -r "/proc/$p/environ" ]; then
    say "@ environment $p"
    cat "$T/env" >>"$RAW"
    mask <"$T/env" | marked '|'
  fi
done

# The Agent's own word, from its API on this host.
if [ -n "$netdatas" ]; then
  ran info-v3 curl -sS --noproxy '*' -m 2 http://127.0.0.1:19999/api/v3/info
  ran aclk curl -sS --noproxy '*' -m 2 http://127.0.0.1:19999/api/v1/aclk
fi

# ---------------------------------------------------------------- where it would go

for d in $ETC $LIB $moved; do
  for f in "$d/claim.conf" "$d/netdata.conf" "$d/cloud.d/cloud.conf" "$d/cloud.conf"; do
    [ -f "$f" ] && cat "$f" 2>/dev/null
  done
done >>"$RAW"
for d in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
  cat "$d/netdata.service" "$d/netdata.service.d"/*.conf 2>/dev/null | sed -n 's/^[[:space:]]*Environment=//p' | tr ' ' '\n' | tr -d "\"'"
done >>"$RAW"

# host[:port], of http:// with the port 80 to which the Agent speaks TLS then, and with a mark: its claim is another one.
BASES=$(sed -n -e 's/^[[:space:]]*\(url\|cloud base url\|NETDATA_CLAIM_URL\)[[:space:]]*=[[:space:]]*https:\/\/\([^/[:space:]]*\).*$/\2/p' \
  -e 's/^[[:space:]]*\(url\|cloud base url\|NETDATA_CLAIM_URL\)[[:space:]]*=[[:space:]]*http:\/\/\([^/:[:space:]]*\)\(:[0-9]*\)\{0,1\}\(\/.*\)\{0,1\}$/plain=\2\3/p' "$RAW" |
  grep -v '[@?#]' | sort -u | head -n 3)
[ -n "$BASES" ] || BASES=app.netdata.cloud
# Agents before 1.39 have another one built in (docs/reference/versions.md).
if [ "$BASES" = app.netdata.cloud ] && grep -q '^| netdata v1\.' "$LINES_OUT"; then BASES='app.netdata.cloud api.netdata.cloud'; fi
# scheme host port login, one a line; logins stay in this process's own files.
sed -n 's/^[[:space:]]*\(proxy\|https\{0,1\}_proxy\|HTTPS_PROXY\|all_proxy\|ALL_PROXY\|NETDATA_CLAIM_PROXY\)[[:space:]]*=[[:space:]]*"\{0,1\}\([^"]*[^"[:space:]]\).*$/\2/p' "$RAW" |
  sort -u | grep -v '^\(env\|none\)$' | head -n 4 >"$T/proxies"

split_url() { # host[:port] default → HOST PORT
  case $1 in
    \[*) HOST=${1#\[}; HOST=${HOST%%\]*}; PORT=${1##*\]}; PORT=${PORT#:} ;;
    *:*) HOST=${1%:*}; PORT=${1##*:} ;;
    *) HOST=$1; PORT= ;;
  esac
  case $PORT in '' | *[!0-9]*) PORT=$2 ;; esac
}
literal() { case $1 in *:* | *[0-9].[0-9]*.[0-9]*.[0-9]) case $1 in *[!0-9a-fA-F.:]*) return 1 ;; esac; return 0 ;; *) return 1 ;; esac; }

PROXIES=0
while IFS= read -r value; do
  scheme=http
  rest=$value
  case $value in *://*) scheme=$(printf '%s' "${value%%://*}" | tr '[:upper:]' '[:lower:]'); rest=${value#*://} ;; esac
  login=
  case $rest in *@*) login=${rest%@*}; rest=${rest##*@} ;; esac
  rest=${rest%%/*}
  port=8080
  case $scheme in socks*) port=1080 ;; http | https) ;; *) continue ;; esac
  [ "$rest" = '' ] && continue
  split_url "$rest" "$port"
  case $HOST in *[!A-Za-z0-9._:-]* | '') continue ;; esac
  case $login in *[%+]*) login=; say "@ unchecked login with characters that are written as codes: $HOST:$PORT" ;; esac
  eval "seen=\${known_$(printf '%s' "$scheme$HOST$PORT" | tr -c 'A-Za-z0-9' '_')-}"
  # shellcheck disable=SC2154
  [ -n "$seen" ] && continue
  eval "known_$(printf '%s' "$scheme$HOST$PORT" | tr -c 'A-Za-z0-9' '_')=1"
  PROXIES=$((PROXIES + 1))
  printf '%s\n' "$scheme" "$HOST" "$PORT" "$login" >"$T/proxy.$PROXIES"
  say "@ proxy $PROXIES $scheme $HOST $PORT $([ -n "$login" ] && printf login || printf open)"
  [ "$PROXIES" -ge 3 ] && break
done <"$T/proxies"

# name port leg path; the documented hosts belong to the public cloud.
TARGETS=$T/targets
: >"$TARGETS"
for b in $BASES; do
  case $b in plain=*) split_url "${b#plain=}" 80 ;; *) split_url "$b" 443 ;; esac
  printf '%s %s env /api/v1/env\n' "$HOST" "$PORT" >>"$TARGETS"
  case $b in
    plain=*) say "@ unchecked the claim of http://$HOST, which nothing encrypts" ;;
    *) printf '%s %s claim /api/v1/env\n' "$HOST" "$PORT" >>"$TARGETS" ;;
  esac
  if [ "$HOST" = app.netdata.cloud ]; then
    printf '%s\n' 'api.netdata.cloud 443 auth /api/v1/auth' 'mqtt.netdata.cloud 443 link /mqtt' >>"$TARGETS"
  fi
done
hosts_of() { cut -d' ' -f1 "$TARGETS" | sort -u; }

note /etc/hosts
say '@ file read whole /etc/hosts'
awk -v want="$(hosts_of | tr '\n' ' ') $(cat "$T"/proxy.* 2>/dev/null | tr '\n' ' ')" 'BEGIN { n = split(want, w, " ") }
  { keep = /netdata|localhost/; for (i = 1; i <= n; i++) if (w[i] != "" && index(tolower($0), tolower(w[i])) > 0) keep = 1; print keep ? $0 : "" }' \
  /etc/hosts 2>/dev/null | marked '|'

# ---------------------------------------------------------------- jobs that run side by side

# job ID COMMAND…: starts it; .pid .rc .o .e as they come. stdin is $T/ID.i
job() {
  j=$1
  shift
  : >"$T/$j.o"
  now
  printf '%s\n' "$NOW" >"$T/$j.t0"
  JOBS="$JOBS $j"
  (
    # shellcheck disable=SC2086
    $AS "$@" <"$T/$j.i" >"$T/$j.o" 2>"$T/$j.e" &
    printf '%s\n' $! >"$T/$j.pid"
    wait $!
    printf '%s\n' $? >"$T/$j.rc"
  ) 2>/dev/null &
}

at() { if [ -s "$T/$1" ]; then read -r v <"$T/$1"; printf '%s' "$v"; else printf -- -; fi; }

# Follows all jobs until each has ended, has been answered and is quiet since, or DEADLINE (centiseconds) is over. With
# KEEP=1 a peer that is connected and silent is left to go on: it may be slow.
KEEP=0
UNTOLD=
follow() {
  while :; do
    now
    open=0
    later=
    for j in $JOBS; do
      [ -e "$T/$j.done" ] && continue
      [ -s "$T/$j.m" ] && [ ! -e "$T/$j.tc" ] && printf '%s\n' "$NOW" >"$T/$j.tc"
      if [ -e "$T/$j.tc" ] && [ ! -e "$T/$j.th" ] && grep -q '^<<<.*Finished' "$T/$j.m"; then printf '%s\n' "$NOW" >"$T/$j.th"; fi
      [ -s "$T/$j.o" ] && [ ! -e "$T/$j.ta" ] && printf '%s\n' "$NOW" >"$T/$j.ta"
      if [ -e "$T/$j.rc" ]; then
        printf '%s\n' "$NOW" >"$T/$j.te"
        printf 'exit\n' >"$T/$j.done"
        UNTOLD="$UNTOLD $j"
        continue
      fi
      settle=60
      [ -e "$T/$j.settle" ] && read -r settle <"$T/$j.settle"
      a=$NOW
      [ -e "$T/$j.ta" ] && read -r a <"$T/$j.ta"
      if [ "$KEEP" = 1 ] && [ "$NOW" -ge "$DEADLINE" ] && [ -e "$T/$j.tc" ] && [ ! -e "$T/$j.ta" ]; then
        later="$later $j"
        continue
      fi
      # The head of an answer that comes in drops is waited for.
      if [ $((NOW - a)) -ge "$settle" ] && [ "$NOW" -lt "$DEADLINE" ] && [ -e "$T/$j.head" ] && ! grep -q '^.\{0,1\}$' "$T/$j.o"; then
        printf '%s\n' $((settle + 60)) >"$T/$j.settle"
        open=$((open + 1))
        continue
      fi
      if [ $((NOW - a)) -ge "$settle" ] || [ "$NOW" -ge "$DEADLINE" ]; then
        p=
        [ -s "$T/$j.pid" ] && read -r p <"$T/$j.pid"
        if [ -n "$p" ]; then
          # shellcheck disable=SC2012
          inode=$(ls -l "/proc/$p/fd" 2>/dev/null | sed -n 's/.*socket:\[\([0-9]*\)\].*/\1/p' | head -n 1)
          [ -n "$inode" ] && awk -v i="$inode" '$10 == i { print $2, $3, $4, $5, $7 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null >"$T/$j.row"
          kill "$p" 2>/dev/null
        fi
        printf '%s\n' "$NOW" >"$T/$j.te"
        printf 'stopped\n' >"$T/$j.done"
        UNTOLD="$UNTOLD $j"
        continue
      fi
      open=$((open + 1))
    done
    [ "$open" -eq 0 ] && break
    sleep $TICK
  done
  JOBS=$later
}

hex() { head -c 70000 "$1" 2>/dev/null | od -An -v -tx1 | tr -d ' ' | awk '{ print "= " $0 }' >>"$LINES_OUT"; }

# Rules may go by accounts: what follows is done as the Agent's own, where root can.
AS=
if [ "$(id -u)" = 0 ] && has setpriv; then
  line=$(getent passwd netdata 2>/dev/null || grep '^netdata:' /etc/passwd 2>/dev/null | head -n 1)
  u=$(printf '%s' "$line" | cut -d: -f3)
  g=$(printf '%s' "$line" | cut -d: -f4)
  case $u$g in '' | *[!0-9]*) u= ;; esac
  if [ -n "$u" ] && setpriv --reuid="$u" --regid="$g" --clear-groups true 2>/dev/null; then
    AS="setpriv --reuid=$u --regid=$g --clear-groups"
    chmod 711 "$T"
    say "@ as $u $g netdata"
  fi
fi

# ---------------------------------------------------------------- names

names=$(hosts_of)
n=1
while [ "$n" -le "$PROXIES" ]; do
  names="$names $(sed -n 2p "$T/proxy.$n")"
  n=$((n + 1))
done

label() { printf '\\%03o%s' "${#1}" "$1"; }
question() { # name type → a DNS message over TCP, without recursion limits, id 0x4e45
  q=
  len=18
  rest=$1.
  while [ -n "$rest" ]; do
    part=${rest%%.*}
    rest=${rest#*.}
    [ -n "$part" ] || continue
    [ "${#part}" -gt 63 ] && part=$(printf '%s' "$part" | cut -c1-63)
    q="$q$(label "$part")"
    len=$((len + ${#part} + 1))
  done
  len=$((len - 1))
  # shellcheck disable=SC2059
  printf "\\$(printf %03o $((len / 256)))\\$(printf %03o $((len % 256)))\\116\\105\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000$q\\000\\000\\$(printf %03o "$2")\\000\\001"
}

ALL=
ask() { # names, centiseconds: what the C library says of each
  asked=
  for name in $1; do
    case " $ALL " in *" $name "*) continue ;; esac
    literal "$name" && continue
    ALL="$ALL $name"
    asked="$asked $name"
    key=$(printf '%s' "$name" | tr -c 'A-Za-z0-9\n' '_')
    : >"$T/r_$key.i"
    printf '1000\n' >"$T/r_$key.settle"
    if has getent; then
      if getent --no-addrconfig ahosts 127.0.0.1 >/dev/null 2>&1; then job "r_$key" getent --no-addrconfig ahosts "$name"; else job "r_$key" getent ahosts "$name"; fi
    fi
  done
  [ -n "$asked" ] || return 0
  now
  DEADLINE=$((NOW + $2))
  [ "$DEADLINE" -gt 2600 ] && DEADLINE=2600
  follow
  for name in $asked; do
    key=$(printf '%s' "$name" | tr -c 'A-Za-z0-9\n' '_')
    say "@ resolve $name $(at "r_$key.t0") $(at "r_$key.te") $(at "r_$key.rc")"
    [ -e "$T/r_$key.o" ] && awk '{ print $1 }' "$T/r_$key.o" | awk '!s[$0]++' | head -n 64 | marked '|'
    if [ "$(at "r_$key.rc")" != 0 ] && [ -e "$T/r_$key.done" ] && has openssl; then
      took=$(($(at "r_$key.te") - $(at "r_$key.t0")))
      if [ "$took" -lt 150 ]; then
        openssl s_client -quiet -connect "$name:443" </dev/null 2>&1 | head -n 3 | mask | marked '!'
      fi
    fi
  done
}
ask "$names" 1050

# wire NAMES: the same names of each resolver, by TCP, beside the connections: a resolver that takes one connection at a
# time must not make the C library wait.
W=0
wire() {
  has curl || return 0
  for name in $1; do
    literal "$name" && continue
    r=0
    for resolver in $(sed -n 's/^[[:space:]]*nameserver[[:space:]][[:space:]]*\([0-9A-Fa-f:.]*\).*/\1/p' /etc/resolv.conf 2>/dev/null | head -n 3); do
      r=$((r + 1))
      where=$resolver
      case $resolver in *:*) where="[$resolver]" ;; esac
      for type in 1 28; do
        W=$((W + 1))
        j=d$W
        mkfifo "$T/$j.i" || continue
        { question "$name" "$type"; sleep 5; } >"$T/$j.i" 2>/dev/null &
        printf '%s\n' "$name $r $type" >"$T/$j.what"
        printf '20\n' >"$T/$j.settle"
        job "$j" curl -sSN --noproxy '*' -m 5 --connect-timeout 5 "telnet://$where:53"
      done
    done
  done
}

# ---------------------------------------------------------------- connections

UUID=$(openssl rand -hex 16 2>/dev/null || printf '0123456789abcdef0123456789abcdef')
UUID=$(printf '%s' "$UUID" | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\)$/\1-\2-4\3-a\4-\5/')
WORD=$(openssl rand -hex 16 2>/dev/null || printf 'fedcba9876543210fedcba9876543210')
KEY=$(openssl rand -base64 16 2>/dev/null || printf 'bmV0ZGF0YS1lZ3Jlc3MhIQ==')
say "@ key $KEY"
say "@ id $UUID"
VERSION=$(sed -n 's/^| netdata v\([0-9][^ ]*\).*/\1/p' "$LINES_OUT" | head -n 1)
# MQTT 5 CONNECT with throw-away credentials, in one WebSocket frame whose mask is zero.
printf '\202\376\000\345\000\000\000\000\020\342\001\000\004MQTT\005\326\000\074\003\042\377\377\000\044%s\000\000\071/agent/%s/outbound/meta\000\050\012\044%s\050\001\000\044%s\000\040%s' \
  "$UUID" "$UUID" "$UUID" "$UUID" "$WORD" >"$T/mqtt"

request() { # leg host port path
  path=$4
  case $1 in
    env | claim) path="$path?v=${VERSION:-2.10.3}&cap=proto,ctx&claim_id=$UUID" ;;
    auth) path="$path/node/$UUID/challenge" ;;
  esac
  host=$2
  case $1 in
    link)
      printf 'GET /mqtt HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\nOrigin: \r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n' "$host" "$KEY"
      ;;
    claim)
      [ "$3" = 443 ] || host="$host:$3"
      printf 'GET %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n' "$path" "$host"
      ;;
    *) printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Netdata/rocks newhttpclient\r\n\r\n' "$path" "$host" ;;
  esac
}

N=0
STARTED=
# connection ROLE LEG HOST PORT PATH ADDRESS SNI PROXY: TLS and what the leg asks, by openssl.
connection() {
  role=$1 leg=$2 host=$3 port=$4 path=$5 address=$6 sni=$7 proxy=$8
  N=$((N + 1))
  j=c$N
  where=$address
  case $address in *:*) where="[$address]" ;; -) where=$host ;; esac
  set -- -quiet -msg -msgfile "$T/$j.m"
  : >"$T/$j.m"
  [ -z "$AS" ] || chown "$u" "$T/$j.m"
  if [ "$sni" = - ]; then set -- "$@" -noservername; else set -- "$@" -servername "$sni"; fi
  if [ "$proxy" != - ]; then
    p_host=$(sed -n 2p "$T/proxy.$proxy")
    case $p_host in *:*) p_host="[$p_host]" ;; esac
    set -- "$@" -proxy "$p_host:$(sed -n 3p "$T/proxy.$proxy")"
    login=$(sed -n 4p "$T/proxy.$proxy")
    if [ -n "$login" ]; then
      EGRESS_PASS=${login#*:}
      export EGRESS_PASS
      set -- "$@" -proxy_user "${login%%:*}" -proxy_pass env:EGRESS_PASS
    fi
  fi
  set -- "$@" -connect "$where:$port"
  printf '%s\n' "$role $leg $host $port ${address:--} $sni $proxy" >"$T/$j.what"
  if [ "$role" = path ] && [ "$leg" = link ]; then
    mkfifo "$T/$j.i" || return 0
    printf '300\n' >"$T/$j.settle"
    {
      request link "$host" "$port" "$path"
      k=0
      while [ "$k" -lt 150 ] && [ -d "$T" ] && [ ! -s "$T/$j.o" ]; do sleep $TICK; k=$((k + 1)); done
      cat "$T/mqtt"
      sleep 4
    } >"$T/$j.i" 2>/dev/null &
  elif [ "$role" = full_size_write ]; then
    # A small request, and once it is answered one of several full segments: do they arrive?
    mkfifo "$T/$j.i" || return 0
    printf '300\n' >"$T/$j.settle"
    {
      printf 'GET / HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n' "$host"
      k=0
      while [ "$k" -lt 150 ] && [ -d "$T" ] && [ ! -s "$T/$j.o" ]; do sleep $TICK; k=$((k + 1)); done
      sleep $TICK
      printf 'GET / HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n' "$host"
      for k in 1 2 3 4 5 6 7; do printf 'X-Padding-%s: %01000d\r\n' "$k" 0; done
      printf '\r\n'
      sleep 4
    } >"$T/$j.i" 2>/dev/null &
  elif [ "$role" = path ]; then
    request "$leg" "$host" "$port" "$path" >"$T/$j.i"
    : >"$T/$j.head"
  else
    : >"$T/$j.i"
    set -- "$@" -no_ign_eof
  fi
  job "$j" openssl s_client "$@"
  STARTED="$STARTED $j"
  unset EGRESS_PASS
}

# tunnel PROXY LEG HOST PORT: the Agent's own words to the proxy, by curl, which is the only one here that sends them as they are.
tunnel() {
  proxy=$1 leg=$2 host=$3 port=$4
  scheme=$(sed -n 1p "$T/proxy.$proxy")
  p_host=$(sed -n 2p "$T/proxy.$proxy")
  case $p_host in *:*) p_host="[$p_host]" ;; esac
  login=$(sed -n 4p "$T/proxy.$proxy")
  N=$((N + 1))
  j=p$N
  printf '%s\n' "$proxy $leg $host $port" >"$T/$j.what"
  mkfifo "$T/$j.i" || return 0
  auth=
  [ -n "$login" ] && auth="Proxy-Authorization: Basic $(printf '%s' "$login" | openssl base64 -A 2>/dev/null)"
  case $scheme in
    socks5*)
      {
        if [ -n "$login" ]; then
          u=${login%%:*} w=${login#*:}
          # shellcheck disable=SC2059
          printf '\005\002\000\002'
          sleep 1
          printf "\\001\\$(printf %03o ${#u})%s\\$(printf %03o ${#w})%s" "$u" "$w"
        else
          printf '\005\001\000'
        fi
        sleep 1
        # shellcheck disable=SC2059
        printf "\\005\\001\\000\\003\\$(printf %03o ${#host})%s\\$(printf %03o $((port / 256)))\\$(printf %03o $((port % 256)))" "$host"
        sleep 5
      } >"$T/$j.i" 2>/dev/null &
      printf '250\n' >"$T/$j.settle"
      ;;
    *)
      : >"$T/$j.head"
      {
        if [ "$leg" = claim ]; then
          printf 'CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\n' "$host" "$port" "$host" "$port"
        else
          printf 'CONNECT %s:%s HTTP/1.1\r\nHost: %s\r\n' "$host" "$port" "$host"
        fi
        [ -n "$auth" ] && printf '%s\r\n' "$auth"
        [ "$leg" = claim ] && printf 'Proxy-Connection: Keep-Alive\r\n'
        printf '\r\n'
        sleep 9
      } >"$T/$j.i" 2>/dev/null &
      ;;
  esac
  job "$j" curl -sSN --noproxy '*' -m 9 -v -w '%{stderr}\ntime_connect=%{time_connect} remote_ip=%{remote_ip}\n' "telnet://$p_host:$(sed -n 3p "$T/proxy.$proxy")"
}

addresses_of() {
  if literal "$1"; then printf '%s\n' "$1"; return; fi
  awk -v n="$1" '$1 == "@" { on = ($2 == "resolve" && $3 == n) } on && $1 == "|" { print $2 }' "$LINES_OUT" | head -n 6
}

# legs FILE SECONDS: every leg of the list along every way.
legs() {
  while read -r host port leg path; do
    if has openssl; then
      for a in $(addresses_of "$host"); do connection path "$leg" "$host" "$port" "$path" "$a" "$host" -; done
      a=$(addresses_of "$host" | head -n 1)
      [ "$leg" = link ] && [ -n "$a" ] && connection full_size_write link "$host" "$port" / "$a" "$host" -
    fi
    n=1
    while [ "$n" -le "$PROXIES" ]; do
      scheme=$(sed -n 1p "$T/proxy.$n")
      [ "$scheme" = https ] || { has curl && tunnel "$n" "$leg" "$host" "$port"; }
      [ "$scheme" = http ] && has openssl && connection path "$leg" "$host" "$port" "$path" - "$host" "$n"
      n=$((n + 1))
    done
  done <"$1"
  now
  DEADLINE=$((NOW + $2))
  [ "$DEADLINE" -gt 2600 ] && DEADLINE=2600
  follow
  for j in $UNTOLD; do
    [ -e "$T/$j.what" ] || continue
    read -r what <"$T/$j.what"
    case $j in
      c*) say "@ conn $what $(at "$j.t0") $(at "$j.tc") $(at "$j.th") $(at "$j.ta") $(at "$j.te") $(at "$j.done") $(at "$j.rc")" ;;
      d*) say "@ dns $what $(at "$j.t0") $(at "$j.ta") $(at "$j.te") $(at "$j.rc")" ;;
      p*) say "@ tunnel $what $(at "$j.t0") $(at "$j.ta") $(at "$j.te") $(at "$j.done") $(at "$j.rc")" ;;
    esac
    [ -s "$T/$j.row" ] && marked '^' <"$T/$j.row"
    [ -s "$T/$j.m" ] && head -c 100000 "$T/$j.m" | sed -n -e '/^[<>]/p' -e '/^    /p' | sed 's/^    //' | marked '>'
    head -c 3000 "$T/$j.e" 2>/dev/null | mask | marked '!'
    hex "$T/$j.o"
  done
  UNTOLD=
}

if has openssl || has curl; then
  KEEP=1
  wire "$names"
  legs "$TARGETS" 800
  LAST=$STARTED
  # Where /env sends the Agent, if that is elsewhere.
  : >"$T/more"
  ESCAPES=$(printf '\134r\134n\134\134')
  for j in $LAST; do
    case $j in c*) ;; *) continue ;; esac
    read -r role leg host port rest <"$T/$j.what"
    [ "$leg" = env ] || continue
    [ -s "$T/$j.o" ] || continue
    auth=$(tr -d "$ESCAPES" <"$T/$j.o" | sed -n 's/.*"authEndpoint" *: *"https:\/\/\([^"]*\)".*/\1/p')
    link=$(tr -d "$ESCAPES" <"$T/$j.o" | tr '{' '\n' | sed -n '/MQTTv5/ s/.*"endpoint" *: *"[a-z]*:\/\/\([^"/]*\).*/\1/p' | head -n 1)
    if [ -n "$auth" ]; then
      split_url "${auth%%/*}" 443
      case $auth in */*) path=/${auth#*/} ;; *) path= ;; esac
      printf '%s %s auth %s\n' "$HOST" "$PORT" "$path"
    fi
    if [ -n "$link" ]; then
      split_url "$link" 443
      printf '%s %s link /mqtt\n' "$HOST" "$PORT"
    fi
  done | grep '^[A-Za-z0-9._:-]* [0-9]* [a-z]* /[A-Za-z0-9._/-]*$' | sort -u >"$T/named"
  while read -r host port leg path; do
    grep -q "^$host $port $leg " "$TARGETS" || printf '%s %s %s %s\n' "$host" "$port" "$leg" "$path" >>"$T/more"
  done <"$T/named"
  : >"$T/again"
  head -n 4 "$T/more" >"$T/again"
  ask "$(cut -d' ' -f1 "$T/again" | sort -u)" 500
  wire "$(cut -d' ' -f1 "$T/again" | sort -u)"
  # Where a handshake failed: the same address with another name, with none, and another port of it.
  seen=
  for j in $LAST; do
    case $j in c*) ;; *) continue ;; esac
    read -r role leg host port address sni proxy <"$T/$j.what"
    [ "$role" = path ] || continue
    [ -e "$T/$j.th" ] && continue
    [ "$address" = - ] && [ "$proxy" = - ] && continue
    case " $seen " in *" $host/$address/$proxy "*) continue ;; esac
    seen="$seen $host/$address/$proxy"
    [ "$(printf '%s' "$seen" | wc -w)" -gt 6 ] && break
    if [ -e "$T/$j.tc" ]; then
      connection other_name_same_address "$leg" "$host" "$port" - "$address" www.example.com "$proxy"
      connection no_name_same_address "$leg" "$host" "$port" - "$address" - "$proxy"
      for other in $(hosts_of); do
        [ "$other" = "$host" ] && continue
        connection sibling_host "$leg" "$host" "$port" - "$address" "$other" "$proxy"
        break
      done
    elif [ "$proxy" = - ]; then
      connection other_port "$leg" "$host" 80 - "$address" - -
    fi
  done
  legs "$T/again" 600
  KEEP=0
  : >"$T/again"
  [ -z "$JOBS" ] || legs "$T/again" 2600
else
  say '@ unchecked everything on the network: this host has neither openssl nor curl'
fi

# ---------------------------------------------------------------- this host's rules and stores

ran nft nft -n -j list ruleset
ran nft4 iptables-nft-save
ran nft6 ip6tables-nft-save
ran legacy4 iptables-legacy-save
ran legacy6 ip6tables-legacy-save
ran ipset ipset save
ran rule4 ip -4 rule show
ran rule6 ip -6 rule show
ran routes4 ip -4 route show table all
ran routes6 ip -6 route show table all
{
  for name in $ALL; do addresses_of "$name"; done
  sed -n 's/^[[:space:]]*nameserver[[:space:]][[:space:]]*\([0-9A-Fa-f:.]*\).*/\1/p' /etc/resolv.conf 2>/dev/null
} | sort -u | head -n 40 >"$T/where"
while read -r a; do
  say "@ route $a"
  ip route get "$a" 2>&1 | marked '|'
done <"$T/where"

store_files=$T/stores
: >"$store_files"
for f in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem /etc/ssl/ca-bundle.pem /usr/lib/ssl/cert.pem \
  /etc/pki/tls/cert.pem /opt/netdata/etc/ssl/cert.pem /opt/netdata/etc/ssl/certs/ca-certificates.crt \
  $(sed -n 's/^\(SSL_CERT_FILE\|CURL_CA_BUNDLE\)=\(\/[^[:space:]]*\)$/\2/p' "$RAW"); do
  note "$f"
  [ -f "$f" ] && [ -r "$f" ] && printf '%s\n' "$f" >>"$store_files"
done
for d in $LIB $moved; do
  for f in "$d/cloud.d/trusted.pem" "$d/cloud.d/cloud_fullchain.pem" "$d/trusted.pem"; do
    [ -f "$f" ] && [ -r "$f" ] && printf '%s\n' "$f" >>"$store_files"
  done
done
for d in /etc/ssl/certs /usr/lib/ssl/certs /etc/pki/tls/certs /opt/netdata/etc/ssl/certs $(sed -n 's/^SSL_CERT_DIR=\(\/[^[:space:]]*\)$/\1/p' "$RAW"); do
  [ -d "$d" ] || { note "$d"; continue; }
  dir "$d"
  for f in "$d"/[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f].[0-9]; do
    [ -f "$f" ] && printf '%s\n' "$f"
  done | head -n 600 >>"$store_files"
done
# Each certificate once; each file as a list of them.
sort -u "$store_files" | head -n 2000 | awk '
  { path = $0; list = ""; body = ""; inside = 0
    while ((getline line < path) > 0) {
      sub(/\r$/, "", line)
      if (line ~ /^-----BEGIN (TRUSTED )?CERTIFICATE-----/) { inside = 1; body = ""; continue }
      if (line ~ /^-----END (TRUSTED )?CERTIFICATE-----/) {
        if (inside && length(body) < 20000 && total < 6000000) {
          if (!(body in known)) { known[body] = ++count; total += length(body); print "@ cert " count " " body }
          list = list " " known[body]
        }
        inside = 0; continue
      }
      if (inside && line ~ /^[A-Za-z0-9+\/=]+$/) body = body line
    }
    close(path)
    print "@ certs" list " " path }' >>"$LINES_OUT"

now
say "@ took $NOW"
say "@ end $(wc -l <"$LINES_OUT" | tr -d ' ')"
cat "$LINES_OUT"
