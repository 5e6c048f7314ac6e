#!/usr/bin/env bash
# From a fresh Debian 12 to something that runs: scripts/setup.sh demo | test | check
#   demo    runs on SQLite and the filesystem: needs no database server
#   test    also PostgreSQL, Redis, Chromium and the development tools
#   check   the development tools
# A second run with nothing new takes well under a second. What the steps print goes to var/setup.log.
set -euo pipefail
cd "$(dirname "$0")/.."
goal="${1:-demo}"
log=var/setup.log
mkdir -p var && : >"$log"

say() { printf '%s\n' "$*"; }
stop() { printf '\n' >&2; printf '%s\n' "$@" >&2; exit 1; }
missing=()
need() { # need PACKAGE COMMAND…: PACKAGE is wanted unless COMMAND succeeds
    local package="$1"; shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
library() { { /sbin/ldconfig -p 2>/dev/null || ldconfig -p; } | grep "$1"; } # not -q: a closed pipe would count as a failure
postgres_here() { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; }
chromium_here() { command -v chromium || command -v chromium-browser; }
cjk_here() { compgen -G '/usr/share/fonts/opentype/noto/NotoS*CJK-Regular.ttc' || fc-list :lang=zh-cn | grep Noto; }

# ---------------------------------------------------------------- Debian packages
python=""
for name in python3.11 python3.12 python3.13 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python="$name"; break
    fi
done
[ -x .venv/bin/python ] || need python3-venv "${python:-false}" -c 'import ensurepip, venv'
need gettext command -v msgfmt
need fonts-noto-cjk cjk_here
need libpango-1.0-0 library libpango-1.0.so.0
need libpangoft2-1.0-0 library libpangoft2-1.0.so.0
need libharfbuzz-subset0 library libharfbuzz-subset.so.0
if [ "$goal" = test ]; then
    need chromium chromium_here
    need poppler-utils command -v pdfsig
    need postgresql postgres_here
    need redis-server command -v redis-server
fi
if [ ${#missing[@]} -gt 0 ]; then
    install="apt-get update && ${SUDO_WORD:-sudo} apt-get install -y --no-install-recommends ${missing[*]}"
    hint=("缺少系统软件包，请运行：" "System packages are missing. Please run:" "" "    sudo $install" ""
        "然后再次运行同一命令。Then run the same command again.")
    sudo=()
    if ! command -v apt-get >/dev/null; then
        stop "需要以下软件（Debian 12 的包名）：" "These are needed (Debian 12's package names):" "    ${missing[*]}"
    elif [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo=(sudo -n); else stop "${hint[@]}"; fi
    fi
    say "安装系统软件包 installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { "${sudo[@]}" apt-get -q update && "${sudo[@]}" apt-get -qy install --no-install-recommends "${missing[@]}"; } >>"$log" 2>&1 ||
        stop "$(tail -5 "$log")" "" "安装失败（没有网络，或没有权限？）。It failed: no network, or no right to install?" "${hint[@]}"
fi
python="${python:-python3}"

# ---------------------------------------------------------------- Python packages, by hash
lock=requirements-dev.lock
[ "$goal" = demo ] && lock=requirements.lock
stamp=".venv/.installed-$(sha256sum "$lock" | cut -c1-16)"
dev_stamp=".venv/.installed-$(sha256sum requirements-dev.lock | cut -c1-16)"
if [ ! -e "$stamp" ] && [ ! -e "$dev_stamp" ]; then
    [ -x .venv/bin/python ] || "$python" -m venv .venv >>"$log" 2>&1 ||
        stop "$(tail -5 "$log")" "无法创建 .venv；could not make .venv: sudo apt-get install -y python3-venv"
    say "安装 Python 包 installing Python packages ($(grep -c '^[a-zA-Z]' "$lock")) …"
    .venv/bin/python -m pip install -q --no-input --disable-pip-version-check --require-hashes -r "$lock" >>"$log" 2>&1 ||
        stop "$(grep -v "^WARNING" "$log" | tail -8)" "" \
            "安装失败。没有网络时，请先连接网络或设置镜像，例如：" \
            "It failed. Without a network, connect first, or name a mirror, for example:" "" \
            "    PIP_INDEX_URL=https://<mirror>/simple make $goal" "" "全部输出 whole output: $log"
    rm -f .venv/.installed-*
    touch "$stamp"
fi

# ---------------------------------------------------------------- what is made from sources
newer() { # newer TARGET PATH…: some file under PATH… is newer than TARGET, or TARGET is not there
    local target="$1"; shift
    [ ! -e "$target" ] || [ -n "$(find "$@" -newer "$target" -type f -print -quit 2>/dev/null)" ]
}
manage() { .venv/bin/python manage.py "$@" >>"$log" 2>&1 || stop "$(tail -15 "$log")" "" "manage.py $* 失败 failed; $log"; }
while IFS= read -r po; do
    mo="${po%.po}.mo"
    [ "$mo" -nt "$po" ] || msgfmt --check-format -o "$mo" "$po" 2>>"$log" || stop "$(tail -5 "$log")" "$po"
done < <(find locale -name '*.po' 2>/dev/null)
# The deployment checks of `make check` ask for the fonts too.
if newer var/.fonts documents/management/commands/build_fonts.py "$lock"; then
    say "准备字体 preparing fonts"
    manage build_fonts
    touch var/.fonts
fi
if newer var/.static static "$lock" $(find . -maxdepth 2 -name static -not -path "./.venv*" -not -path "./var*"); then
    manage collectstatic --no-input
    touch var/.static
fi
