#!/bin/sh
# PID 1 of the guest: mounts what bluetoothd wants, starts it, runs the scene, switches off.
# PYTHON, CHECKOUT and SCENE come from the kernel's command line. The root is the host's, read-only.
trap 'busybox poweroff -f; exec sleep 10' EXIT
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$CHECKOUT"
mount -t proc proc /proc
mount -t sysfs sys /sys
for folder in /run /var/lib/bluetooth /tmp; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/dbus /dev/shm
ip link set lo up
dbus-daemon --system --nopidfile --fork
cd /tmp || exit 1
"$PYTHON" -m tests.radio.stack.guest "$SCENE"
echo "GUEST ended with $?"
