#!/bin/bash
# Boots this system's files under their own systemd, in a container with a network of its own and without a way out, after
# rules were installed there: `boot.sh DIR TARGET [OPTION…]`, in a mount namespace of its own. DIR holds netdata-egress.cjs;
# what is seen after the boot is printed, a line each.
set -eu
dir=$1 target=$2
shift 2
root=$dir/root
mkdir -p "$root" "$dir/up"
# Changes stay in memory, and are gone with this namespace.
mount -t tmpfs tmpfs "$dir/up"
mkdir "$dir/up/upper" "$dir/up/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up/upper,workdir=$dir/up/work" "$root"
mkdir -p "$root/root/bin" "$root/etc/boot-test"
chmod 700 "$root/root"
cp "$dir/netdata-egress.cjs" "$root/root/bin/"
# An Agent and rules of this machine are not meant.
rm -rf "$root/var/lib/netdata-egress" "$root/etc/netdata" "$root/var/lib/netdata" "$root/usr/sbin/netdata"

dns='/usr/sbin/dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= --port=5353 --listen-address=127.0.0.1 --bind-interfaces'
for name in app api mqtt; do dns="$dns --host-record=$name.netdata.cloud,198.51.100.2,2001:db8::2"; done

cat >"$root/etc/boot-test/install.sh" <<END
ip link set lo up
$dns &
sleep 1
program="$(command -v node) /root/bin/netdata-egress.cjs"
# Nobody answers in here: exit 1 says so, and the rules stay.
\$program rules install $target --mode enforce --resolver 127.0.0.1:5353 --accept-range 198.51.100.0/24 \
	--accept-range 2001:db8::/32 --confirm-timeout 0 --env-timeout 0 $* || echo "install: \$?"
\$program rules refresh --emit-units /etc/systemd/system
cp -n /var/lib/netdata-egress/rules/netdata-egress-rules.service /etc/systemd/system/ || :
systemctl --root=/ enable netdata-egress-rules.service netdata-egress-refresh.timer
END

cat >"$root/etc/systemd/system/boot-test-dns.service" <<END
[Service]
ExecStart=$dns --host-record=mqtt.netdata.cloud,198.51.100.77
END
cat >"$root/etc/systemd/system/boot-test.service" <<END
[Unit]
Wants=boot-test-dns.service
After=boot-test-dns.service netdata-egress-rules.service basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /etc/boot-test/look.sh
StandardOutput=file:/etc/boot-test/seen
END
cat >"$root/etc/systemd/system/boot-test.target" <<END
[Unit]
Requires=basic.target
Wants=boot-test.service
END
cat >"$root/etc/boot-test/look.sh" <<'END'
count() { (nft list ruleset; iptables-legacy-save) 2>/dev/null | grep -c "$1"; }
echo "rules: $(systemctl show -P ActiveState netdata-egress-rules.service), $(systemctl show -P Result netdata-egress-rules.service)"
echo "loaded: $([ "$(count 198.51.100.2)" -gt 0 ] && echo yes || echo no)"
rm -f /run/xtables.lock
sleep 1
systemctl start netdata-egress-refresh.service
echo "refresh: $?, $(systemctl show -P Result netdata-egress-refresh.service)"
echo "new address: $([ "$(count 198.51.100.77)" -gt 0 ] && echo yes || echo no)"
systemctl exit 0
END

contained() { timeout "$1" systemd-nspawn -q -D "$root" --private-network --register=no --keep-unit --link-journal=no "${@:2}"; }
contained 60 --as-pid2 /bin/bash /etc/boot-test/install.sh >&2 2>&1 </dev/null || :
contained 90 --boot systemd.unit=boot-test.target >&2 2>&1 </dev/null || :
cat "$root/etc/boot-test/seen"
