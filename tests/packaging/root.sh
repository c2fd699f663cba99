# Sourced: a bare Debian in a folder, to install into and to throw away. Needs root, debootstrap, bubblewrap and the
# package mirror that this machine's apt uses.
#
#   bare_root DIR          makes it; the base system is kept in build/bare-root.tar.gz for a day
#   inside DIR COMMAND...  runs COMMAND as root in it, with its own processes and /dev, and this machine's network
#   as_user DIR NAME SCRIPT   runs SCRIPT there with bash as the user NAME, in their home
# shellcheck shell=bash

bare_root() {
  local root=$1 kept=$SOURCE/build/bare-root.tar.gz mirror
  if [[ $(id -u) != 0 ]]; then
    echo "a bare root needs root: debootstrap makes devices and files of other users" >&2
    return 1
  fi
  local -a indexes=('Created-By: Packages' 'Origin: Debian' 'Component: main')
  mirror=$(apt-get indextargets --format '$(REPO_URI)' "${indexes[@]}" 'Codename: bookworm' | head -n 1)
  if [[ -z $mirror ]]; then
    echo "apt of this machine knows no mirror of Debian bookworm: apt-get update" >&2
    return 1
  fi
  mkdir -p "$root"
  if [[ -n $(find "$kept" -mtime -1 2>/dev/null) ]]; then
    tar -xpzf "$kept" -C "$root"
    return
  fi
  debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; return 1; }
  # The same sources, proxies and certificates as this machine: what is Debian's of them.
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' "${indexes[@]}" | sort -u >"$root/etc/apt/sources.list"
  apt-config dump Acquire | grep -E '^Acquire::(http|https|ForceIPv|Check-|Retries)' >"$root/etc/apt/apt.conf.d/90machine" || true
  cp -a /etc/apt/auth.conf.d "$root/etc/apt/" 2>/dev/null || true
  mkdir -p "$root/etc/ssl/certs" && cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  inside "$root" apt-get update -qq
  tar -cpzf "$kept.new" -C "$root" . && mv "$kept.new" "$kept"
}

# Not chroot(1), in which nobody may make the namespaces that blc isolates programs with.
inside() {
  local root=$1
  shift
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root \
    bwrap --bind "$root" / --dev /dev --proc /proc --perms 1777 --tmpfs /dev/shm --unshare-pid --cap-add ALL --die-with-parent -- "$@" </dev/null
}

as_user() { inside "$1" runuser -l "$2" -s /bin/bash -c "$3"; }
