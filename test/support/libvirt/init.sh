#!/busybox sh
# The first process of the test's guest: an address by DHCP, one open port, a word on its own disk, off when its power button is pressed.
/busybox mkdir -p /bin /proc /sys /dev && /busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod "/modules/$module.ko"; done
[ -b /dev/vda ] && echo "written by a guest" >/dev/vda && sync
ip link set lo up
ip link set eth0 up
nc -ll -p 22 -e /greet &
acpid -d -c /acpi &
while :; do udhcpc -i eth0 -s /lease -t 60 -T 1 -f; done
