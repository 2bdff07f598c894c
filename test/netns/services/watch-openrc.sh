#!/bin/bash
# Runs the watch as a service of a real OpenRC, in a container with a network of its own and without a way out:
# `watch-openrc.sh DIR PACKAGES`, in a mount namespace of its own. DIR holds netdata-egress.cjs, PACKAGES those of OpenRC;
# what is seen is printed, a line each.
set -eu
dir=$1 packages=$2
root=$dir/root
mkdir -p "$root" "$dir/up"
# Changes stay in memory, and are gone with this namespace.
mount -t tmpfs tmpfs "$dir/up"
mkdir "$dir/up/upper" "$dir/up/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up/upper,workdir=$dir/up/work" "$root"
rm -rf "$root"/etc/init.d/*
for package in "$packages"/*.deb; do
	dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root"
done
mkdir -p "$root/usr/lib/netdata-egress" "$root/usr/lib/watch-test"
install -m 644 "$dir/netdata-egress.cjs" "$root/usr/lib/netdata-egress/"
# What this machine keeps of an Agent and of a watch is not meant.
rm -rf "$root/var/lib/netdata-egress" "$root/var/lib/netdata-egress-watch" "$root/var/log/netdata-egress-watch.log" \
	"$root/etc/netdata" "$root/var/lib/netdata" "$root/usr/sbin/netdata"
grep -q '^netdata:' "$root/etc/passwd" || echo 'netdata:x:201:201::/var/lib/netdata:/usr/sbin/nologin' >>"$root/etc/passwd"
grep -q '^netdata:' "$root/etc/group" || echo 'netdata:x:201:' >>"$root/etc/group"
rm -f "$root/etc/resolv.conf"
echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
# A system whose network is up.
printf '#!/sbin/openrc-run\ndepend() { provide net; }\nstart() { ip link set lo up; }\n' >"$root/etc/init.d/lab-net"
chmod 755 "$root/etc/init.d/lab-net"
# As long as a test can wait.
mkdir -p "$root/etc/conf.d" "$root/etc/insserv"
: >"$root/etc/insserv.conf"
echo 'respawn_delay=1' >"$root/etc/conf.d/netdata-egress-watch"

cat >"$root/usr/lib/watch-test/look.sh" <<'END'
exec >/usr/lib/watch-test/seen
service=netdata-egress-watch
program="$1 /usr/lib/netdata-egress/netdata-egress.cjs"
log=/var/log/netdata-egress-watch.log
events() { grep -c "$1" "$log"; }
within() {
	local last=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $last ] || { echo no; return; }
		sleep 0.2
	done
	echo yes
}
more_than() { [ "$(events "$2")" -gt "$1" ]; }
kept() { [ -s /var/lib/netdata-egress-watch/history.ndjson ]; }
watcher() { pgrep -u netdata -f 'netdata-egress.cjs watch'; }
anew() { [ -n "$(watcher)" ] && [ "$(watcher)" != "$pid" ]; }

for level in sysinit boot default; do openrc "$level" >&2; done
next=$($program watch install --as openrc | tail -n 1)
sh -c "$next" >&2 && echo "started: $(within 10 watcher), $(rc-service "$service" status | sed 's/.*: //')"
pid=$(watcher)
echo "account: $(stat -c %U "/proc/$pid"), capabilities $(sed -n 's/^CapEff:\t0*\(.\+\)$/\1/p' "/proc/$pid/status")"
echo "history: $(within 60 kept)"
echo "state: $(stat -c '%U %a' /var/lib/netdata-egress-watch), $(stat -c '%U %a' /var/lib/netdata-egress-watch/history.ndjson), $(stat -c '%U %a' "$log")"
rounds=$(events '"event":"round"')
began=$(events '"kind":"started"')
echo 'nameserver 127.0.0.2' >/etc/resolv.conf
rc-service "$service" reload >&2
echo "round at once: $(within 30 more_than "$rounds" '"event":"round"')"
echo "read anew: $(within 5 more_than 0 '"kind":"resolvers"')"
echo "same process: $([ "$(watcher)" = "$pid" ] && echo yes || echo no)"
kill -KILL "$pid"
echo "killed: restarted $(within 20 anew), watched again $(within 40 more_than "$began" '"kind":"started"')"
from=$(date +%s%N)
rc-service "$service" stop >&2
echo "stopped: $(rc-service "$service" status 2>&1 | sed 's/.*: //'), $(watcher | wc -l) left, $((($(date +%s%N) - from) / 1000000)) ms"
rc-service "$service" start >&2
$program watch uninstall --as openrc >&2
echo "left: $(watcher | wc -l) $(ls -d /etc/init.d/$service /etc/runlevels/*/$service /var/lib/$service "$log" /run/openrc/*/$service 2>/dev/null | tr '\n' ' ')" | sed 's/ *$//'
END

timeout 170 systemd-nspawn -q -D "$root" --private-network --register=no --keep-unit --link-journal=no --resolv-conf=off --as-pid2 \
	/bin/bash /usr/lib/watch-test/look.sh "$(command -v node)" >&2 </dev/null || :
cat "$root/usr/lib/watch-test/seen"
