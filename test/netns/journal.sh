#!/bin/bash
# Boots this system's files under their own systemd, in a container without a network, with an Agent whose service logs to
# a journal namespace of its own: `journal.sh DIR PROGRAM`, in a mount namespace of its own. DIR holds netdata-egress.cjs;
# what the doctor says in there is printed.
set -eu
dir=$1 program=$2
root=$dir/root
mkdir -p "$root" "$dir/up"
mount -t tmpfs tmpfs "$dir/up"
mkdir "$dir/up/upper" "$dir/up/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up/upper,workdir=$dir/up/work" "$root"
mkdir -p "$root/root/bin" "$root/etc/log-test" "$root/var/log/netdata" "$root/var/lib/netdata"
cp "$dir/netdata-egress.cjs" "$root/root/bin/"
rm -rf "$root/etc/netdata" "$root/var/lib/netdata" "$root/.dockerenv"
mkdir -p "$root/etc/netdata" "$root/var/lib/netdata"
cp "$program" "$root/usr/sbin/netdata"
# Left over from before an upgrade.
echo '2023-05-01 10:00:00: netdata ERROR : MAIN : ACLK CONNECTED' >"$root/var/log/netdata/error.log"
# A real Agent is configured with the directory that it stands in.
prefix=${program%/usr/sbin/netdata}
[ "$prefix" = "$program" ] || mkdir -p "$root$prefix/etc/netdata" "$root$prefix"/var/{lib,cache,log}/netdata
for etc in "$root/etc/netdata" "$root$prefix/etc/netdata"; do
	[ ! -d "$etc" ] || printf '[global]\n token = lab\n rooms = lab\n url = https://app.netdata.cloud\n' >"$etc/claim.conf"
done
cat >"$root/etc/systemd/system/netdata.service" <<END
[Service]
LogNamespace=netdata
ExecStart=/usr/sbin/netdata -D
END
cat >"$root/etc/systemd/system/log-test.service" <<END
[Unit]
Wants=netdata.service
After=netdata.service basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /etc/log-test/look.sh
StandardOutput=file:/etc/log-test/seen
END
cat >"$root/etc/systemd/system/log-test.target" <<END
[Unit]
Requires=basic.target
Wants=log-test.service
END
cat >"$root/etc/log-test/look.sh" <<END
ip link set lo up
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  journalctl --namespace=netdata --output=cat --quiet 2>/dev/null | grep -q 'CLAIM: .*error' && break
  sleep 1
done
$(command -v node) /root/bin/netdata-egress.cjs doctor --json --timeout 8s
systemctl exit 0
END
timeout 120 systemd-nspawn -q -D "$root" --private-network --register=no --keep-unit --link-journal=no --boot systemd.unit=log-test.target >&2 2>&1 </dev/null || :
cat "$root/etc/log-test/seen"
