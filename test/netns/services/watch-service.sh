#!/bin/bash
# Boots this system's files under their own systemd, in a container with a network of its own and without a way out, and
# installs the watch there as a service: `watch-service.sh DIR`, in a mount namespace of its own. DIR holds
# netdata-egress.cjs; what is seen is printed, a line each.
set -eu
dir=$1
root=$dir/root
mkdir -p "$root" "$dir/up"
# Changes stay in memory, and are gone with this namespace.
mount -t tmpfs tmpfs "$dir/up"
mkdir "$dir/up/upper" "$dir/up/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up/upper,workdir=$dir/up/work" "$root"
mkdir -p "$root/usr/lib/netdata-egress" "$root/usr/lib/watch-test"
install -m 644 "$dir/netdata-egress.cjs" "$root/usr/lib/netdata-egress/"
# What this machine keeps of an Agent and of a watch is not meant.
rm -rf "$root/var/lib/netdata-egress" "$root/var/lib/netdata-egress-watch" "$root/etc/netdata" "$root/var/lib/netdata" \
	"$root/usr/sbin/netdata" "$root/run/log" "$root/var/log/journal"
grep -q '^netdata:' "$root/etc/passwd" || echo 'netdata:x:201:201::/var/lib/netdata:/usr/sbin/nologin' >>"$root/etc/passwd"
grep -q '^netdata:' "$root/etc/group" || echo 'netdata:x:201:' >>"$root/etc/group"
rm -f "$root/etc/resolv.conf"
echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"

cat >"$root/etc/systemd/system/watch-test.service" <<END
[Unit]
After=basic.target
[Service]
Type=oneshot
TimeoutStartSec=210
ExecStart=/bin/bash /usr/lib/watch-test/look.sh $(command -v node)
StandardOutput=file:/usr/lib/watch-test/seen
StandardError=file:/usr/lib/watch-test/errors
ExecStopPost=/bin/systemctl --no-block exit 0
END
cat >"$root/etc/systemd/system/watch-test.target" <<END
[Unit]
Requires=basic.target
Wants=watch-test.service
END
cat >"$root/usr/lib/watch-test/look.sh" <<'END'
unit=netdata-egress-watch.service
program="$1 /usr/lib/netdata-egress/netdata-egress.cjs"
show() { systemctl show -P "$1" "$unit"; }
events() { journalctl -q -o cat -u "$unit" | grep -c "$1"; }
# Up to SECONDS until a command succeeds.
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
fed() { [ "$(show WatchdogTimestampMonotonic)" -gt "$ready" ]; }
anew() { [ "$(show MainPID)" != "$pid" ] && [ "$(show MainPID)" != 0 ] && [ "$(show ActiveState)" = active ]; }
kept() { [ -s /var/lib/netdata-egress-watch/history.ndjson ]; }

next=$($program watch install --as systemd | tail -n 1)
# The same unit, with a watchdog and a pause that a test can wait for.
mkdir -p "/run/systemd/system/$unit.d"
printf '[Service]\nWatchdogSec=24\nRestartSec=1\n' >"/run/systemd/system/$unit.d/short.conf"
sh -c "$next" && echo "started: $(show ActiveState), $(show SubState), $(show StatusText)"
pid=$(show MainPID)
ready=$(show WatchdogTimestampMonotonic)
echo "account: $(stat -c %U "/proc/$pid"), capabilities $(sed -n 's/^CapEff:\t0*\(.\+\)$/\1/p' "/proc/$pid/status"), filtered $(sed -n 's/^Seccomp:\t//p' "/proc/$pid/status")"
echo "exposure: $(systemd-analyze security --no-pager "$unit" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')"
echo "history: $(within 60 kept)"
echo "state: $(stat -c '%U %a' /var/lib/netdata-egress-watch), $(stat -c '%U %a' /var/lib/netdata-egress-watch/history.ndjson)"
echo "watchdog fed: $(within 40 fed)"
rounds=$(events '"event":"round"')
began=$(events '"kind":"started"')
echo 'nameserver 127.0.0.2' >/etc/resolv.conf
systemctl reload "$unit"
echo "round at once: $(within 30 more_than "$rounds" '"event":"round"')"
echo "read anew: $(within 5 more_than 0 '"kind":"resolvers"')"
echo "same process: $([ "$(show MainPID)" = "$pid" ] && echo yes || echo no)"
kill -STOP "$pid"
echo "frozen: restarted $(within 45 anew), $(show ActiveState), $(show SubState), $(show NRestarts)"
echo "frozen, old process: $([ -e "/proc/$pid" ] && echo there || echo gone), by the watchdog $(journalctl -q -o cat | grep -c "$unit: Watchdog timeout")"
echo "watched again: $(within 40 more_than "$began" '"kind":"started"')"
from=$(date +%s%N)
systemctl stop "$unit"
echo "stopped: $(show ActiveState), $(show Result), $((($(date +%s%N) - from) / 1000000)) ms"
systemctl start "$unit"
$program watch uninstall --as systemd >/dev/null
systemctl daemon-reload
echo "left: $(show ActiveState) $(ls -d /etc/systemd/system/"$unit" /etc/systemd/system/*/"$unit" /var/lib/netdata-egress-watch 2>/dev/null)" | sed 's/ $//'
END

timeout 230 systemd-nspawn -q -D "$root" --private-network --register=no --keep-unit --link-journal=no --resolv-conf=off --boot \
	systemd.unit=watch-test.target >&2 2>&1 </dev/null || :
cat "$root/usr/lib/watch-test/errors" >&2 || :
cat "$root/usr/lib/watch-test/seen"
