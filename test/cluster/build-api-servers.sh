#!/usr/bin/env bash
# Builds the servers that the tests of this folder run against, for machines that have none:
#
#   kube-apiserver           1.20, from the sources of Debian bookworm
#   etcd                     from Debian bookworm
#   apiextensions-apiserver  the current one of Kubernetes (CEL and its cost limits), from the libraries in Debian sid
#
# Usage: test/cluster/build-api-servers.sh [FOLDER]    The default is where the tests look: ~/.cache/notification-manager/kube
#
# What is there already is left alone. Nothing is installed but dpkg-dev, if it is missing: packages, the compiler too, are unpacked
# into a private folder below $TMPDIR that is removed at the end. Takes about seven minutes on two cores, and 5 GB there.
set -euo pipefail

say() { printf 'build-api-servers: %s\n' "$*"; }
fail() { printf 'build-api-servers: %s\n' "$*" >&2; exit 1; }

case "${1-}" in -h | --help) sed -n '2,/^set /{ s/^# \{0,1\}//; /^set /d; p; }' "$0"; exit 0 ;; esac
[ $# -le 1 ] || fail "takes one folder, not $# arguments"
out=$(realpath -m "${1:-$HOME/.cache/notification-manager/kube}")
mkdir -p "$out"

# Two runs at a time would do the same work twice.
exec 9>"$out/.lock"
flock 9

missing=()
for program in etcd kube-apiserver apiextensions-apiserver; do
  [ -x "$out/$program" ] || missing+=("$program")
done
[ "${#missing[@]}" -gt 0 ] || { say "all three are in $out"; exit 0; }
say "building ${missing[*]} into $out"

for tool in apt-get dpkg flock; do
  command -v "$tool" >/dev/null || fail "needs $tool: run it on Debian, or point KUBEBUILDER_ASSETS to a folder with the programs"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "needs $keyring, of the package debian-archive-keyring"

# The mirror that this machine installs from.
mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | sort -u | sed -n 1p) \
  || fail "finds no Debian mirror in this machine's package sources"

work=$(mktemp -d "${TMPDIR:-/tmp}/build-api-servers.XXXXXX")
cleanup() { chmod -R u+w "$work"; rm -rf "$work"; }
trap cleanup EXIT

# apt for one suite, with lists and caches of its own: `apt_of bookworm update`.
apt_of() {
  local suite=$1 home="$work/apt-$1"
  shift
  if [ ! -d "$home" ]; then
    mkdir -p "$home/lists/partial" "$home/cache/archives/partial"
    : >"$home/status"
    printf '%s [signed-by=%s] %s %s main\n' deb "$keyring" "$mirror" "$suite" deb-src "$keyring" "$mirror" "$suite" >"$home/sources.list"
  fi
  apt-get -qq -o "Dir::Etc::SourceList=$home/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$home/lists" \
    -o "Dir::State::status=$home/status" -o "Dir::Cache=$home/cache" -o APT::Install-Recommends=false -o APT::Sandbox::User=root "$@"
}

# Go packages of a suite with all the Go packages that they need, unpacked: `unpack_go bookworm golang-go`.
unpack_go() {
  local suite=$1 root="$work/$1" names
  shift
  names=$(apt_of "$suite" --simulate install "$@" | awk '$1 == "Inst" && ($2 ~ /^golang/ || $2 ~ /-dev$/) && $2 !~ /^(lib|linux-)/ { print $2 }')
  unpack "$suite" "$root" $names
}

unpack() {
  local suite=$1 root=$2 package
  shift 2
  mkdir -p "$root" "$work/debs-$suite"
  (cd "$work/debs-$suite" && apt_of "$suite" download "$@")
  for package in "$work/debs-$suite"/*.deb; do dpkg -x "$package" "$root"; done
  rm -rf "$work/debs-$suite"
}

# A command with the newest Go of an unpacked suite, for sources without modules: `with_go bookworm GOPATH go version`.
with_go() {
  local path=$2 goroot
  goroot=$(find "$work/$1/usr/lib" -maxdepth 1 -name 'go-1.*' | sort -V | tail -n 1)
  shift 2
  env GOROOT="$goroot" GOPATH="$path" PATH="$goroot/bin:$PATH" GOCACHE="$work/go-cache" GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local CGO_ENABLED=0 "$@"
}

# Moved in place when it is whole, so that a run that is cut short leaves no half of a program.
deliver() {
  install -m 755 "$1" "$out/.$2.new"
  mv -f "$out/.$2.new" "$out/$2"
  say "$2 is done"
}

build_etcd() {
  unpack bookworm "$work/etcd" etcd-server
  deliver "$work/etcd/usr/bin/etcd" etcd
}

build_kube_apiserver() {
  command -v dpkg-source >/dev/null || {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends dpkg-dev >/dev/null
  }
  unpack_go bookworm golang-go golang-github-modern-go-reflect2-dev

  local packages package release stamp=''
  local path="$work/kube-path" source="$work/kube-path/src/k8s.io/kubernetes"
  mkdir -p "$(dirname "$source")"
  (cd "$work" && apt_of bookworm source kubernetes >"$work/source.log" 2>&1) || fail "cannot get the sources: $(tail -n 5 "$work/source.log")"
  mv "$work"/kubernetes-1.20.* "$source"

  # The reflect2 of that time reads the runtime's memory in a way that ended with Go 1.18.
  rm -rf "$source/vendor/github.com/modern-go/reflect2"
  cp -r "$work/bookworm/usr/share/gocode/src/github.com/modern-go/reflect2" "$source/vendor/github.com/modern-go/"

  cd "$source"
  # The package leaves out what is generated, without which nothing compiles: Go definitions of the OpenAPI schemas.
  with_go bookworm "$path" go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  packages=$(grep -rl --include='*.go' -e '+k8s:openapi-gen=' pkg staging/src/k8s.io | xargs -n 1 dirname | sort -u \
    | grep -vE 'sample-apiserver|/testdata|code-generator|wardle|/examples' \
    | sed -e 's#^staging/src/#vendor/#' -e 's#^#k8s.io/kubernetes/#' | paste -sd , -)
  with_go bookworm "$path" "$work/openapi-gen" -O zz_generated.openapi -p k8s.io/kubernetes/pkg/generated/openapi \
    --output-base "$path/src" --go-header-file hack/boilerplate/boilerplate.generatego.txt -i "$packages" -r /dev/null

  # Debian counts back with `5+really2`.
  release=$(basename "$work"/kubernetes_1.20.*.dsc | sed -E 's/^kubernetes_(.*\+really)?([0-9.]+)-.*$/\2/')
  for package in component-base/version client-go/pkg/version; do
    stamp+=" -X k8s.io/kubernetes/vendor/k8s.io/$package.gitVersion=v$release"
    stamp+=" -X k8s.io/kubernetes/vendor/k8s.io/$package.gitMajor=1 -X k8s.io/kubernetes/vendor/k8s.io/$package.gitMinor=20"
  done
  with_go bookworm "$path" go build -ldflags "-s -w$stamp" -o "$work/kube-apiserver" ./cmd/kube-apiserver
  cd "$work"
  deliver "$work/kube-apiserver" kube-apiserver
}

build_apiextensions_apiserver() {
  apt_of sid update
  unpack_go sid golang-go golang-k8s-apiextensions-apiserver-dev
  with_go sid "$work/sid/usr/share/gocode" go build -ldflags '-s -w' -o "$work/apiextensions-apiserver" k8s.io/apiextensions-apiserver
  deliver "$work/apiextensions-apiserver" apiextensions-apiserver
}

cd "$work"
case " ${missing[*]} " in *' etcd '* | *' kube-apiserver '*) apt_of bookworm update ;; esac
for program in "${missing[@]}"; do
  "build_${program//-/_}"
done
"$out/kube-apiserver" --version
