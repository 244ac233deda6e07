#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts systemd over the root in $1, as process 1 of the namespaces (mount,
# process, network, cgroup, IPC, host name) that the caller made for it. It gets
# no device and no way to the machine's settings, and runs commonweal.service
# and the journal only.
set -e
root=$1
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=755 dev "$root/dev"
for node in null zero full random urandom tty; do
	touch "$root/dev/$node"
	mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for unit in networking.service systemd-networkd.service systemd-resolved.service systemd-udevd.service \
	systemd-udev-trigger.service systemd-sysctl.service systemd-modules-load.service \
	systemd-remount-fs.service systemd-logind.service network-online.target; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
cat >"$root/etc/systemd/system/trial.target" <<END
[Unit]
Wants=commonweal.service systemd-journald.service
After=commonweal.service
AllowIsolate=yes
END
mkdir -p "$root/old"
cd "$root"
pivot_root . old
umount -l /old
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=trial.target
