# Shared by the scripts beside it: what a machine needs, installed once. Source it, don't run it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONDONTWRITEBYTECODE=1

build_packages=(
  g++ cmake ninja-build pkg-config
  libmongoc-dev libcli11-dev libfmt-dev libexpected-dev libpcre2-dev libutf8proc-dev zlib1g-dev
  libboost-dev libssl-dev
  python3 python3-venv python3-pip ca-certificates
)
# The second compiler: the oldest that must do, where the release has it, else the release's own.
clang_packages() {
  if grep -q '^12' /etc/debian_version 2>/dev/null; then
    echo clang-14 libclang-rt-14-dev
  else
    echo clang libclang-rt-dev
  fi
}

# shellcheck disable=SC2207  # words are meant
test_packages=(
  libgtest-dev libgmock-dev $(clang_packages)
  dpkg-dev file man-db tmux jq redis-server git openssl bash zsh fish chromium debootstrap
)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  for line in "$@"; do say "$line"; done
  exit 1
}

missing_packages() {
  local package
  for package in "$@"; do
    # shellcheck disable=SC2016  # dpkg-query's own ${...}
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

apt_quietly() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# need_packages NAME...: installs what is missing. Silent where nothing is.
need_packages() {
  [[ -z ${MONGOTAIL_NO_APT:-} ]] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    die "this machine has no apt; these Debian packages are needed: $*" \
      "install what they hold by other means, then set MONGOTAIL_NO_APT=1"
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
    die "these Debian packages are missing: ${missing[*]}" \
      "install them as root: apt-get install ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { apt_quietly update && apt_quietly install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    die "apt could not install ${missing[*]}" \
      "see its message above; once they are installed by hand, run ${0##*/} again"
  fi
  rm -f "$log"
}

cache_dir() {
  local home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
  echo "${XDG_CACHE_HOME:-$home/.cache}/mongotail"
}

base_python() {
  if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi
}

build_venv() {
  local python=$1 venv=$2 log=$2.log
  say "installing the tests' Python packages"
  rm -rf "$venv"
  if ! { "$python" -m venv "$venv" &&
    "$venv/bin/python" -m pip install --disable-pip-version-check -r "$root/tests/requirements.txt"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    die "pip could not install tests/requirements.txt" \
      "check the network and pip's settings (the whole log: $log), then run ${0##*/} again"
  fi
  touch "$venv/complete"
}

# need_venv: sets $venv_python, the interpreter that has tests/requirements.txt.
need_venv() {
  local python cache venv
  python=$(base_python) || die "there is no python3" "install python3 with its venv and pip modules"
  cache=$(cache_dir)
  venv=$cache/venv-$({ "$python" -V; cat "$root/tests/requirements.txt"; } | sha256sum | cut -c1-12)
  venv_python=$venv/bin/python
  [[ ! -e $venv/complete ]] || return 0
  mkdir -p "$cache"
  exec 9>"$cache/venv.lock"
  flock 9
  [[ -e $venv/complete ]] || build_venv "$python" "$venv" 9>&-
  exec 9>&-
}
