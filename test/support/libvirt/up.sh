# libvirtd in name spaces of its own (mount, process, network): $1 is its folder. Nothing of the machine's libvirt is seen or changed, and
# everything ends with this process. When the daemon ends it is started again, as a service manager does.
set -e
folder=$1
for place in /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
  mkdir -p "$place"
  mount -t tmpfs tmpfs "$place"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/libvirt /etc/libvirt/hooks "$folder/hooks" "$folder/sock"
mount --bind "$folder/hooks" /etc/libvirt/hooks

# The daemon wants these users to exist, even where it does not use them.
cp /etc/passwd /etc/group "$folder"
grep -q '^libvirt-qemu:' "$folder/passwd" ||
  echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>"$folder/passwd"
for group in libvirt-qemu:64055 kvm:64056 libvirt:64057; do
  grep -q "^${group%:*}:" "$folder/group" || echo "${group%:*}:x:${group#*:}:" >>"$folder/group"
done
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$folder/group" /etc/group

cat >/etc/libvirt/qemu.conf <<'CONF'
stdio_handler="file"
user="root"
group="root"
security_driver="none"
cgroup_controllers=[]
remember_owner=0
CONF
cat >"$folder/libvirtd.conf" <<CONF
unix_sock_dir="$folder/sock"
auth_unix_rw="none"
auth_unix_ro="none"
CONF
ip link set lo up
while [ ! -e "$folder/stop" ]; do
  libvirtd -f "$folder/libvirtd.conf" -p "$folder/pid" 2>>"$folder/log" || sleep 0.2
done
