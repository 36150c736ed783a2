#!/usr/bin/env bash
# Brings what the studio's tests need and pip cannot: Chromium, a Chinese font, axe-core from npm.
set -euo pipefail
cd "$(dirname "$0")/.."

chromium() {
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

packages=()
chromium >/dev/null || packages+=(chromium)
command -v npm >/dev/null || packages+=(npm)
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then
    packages+=(fontconfig fonts-wqy-zenhei)
fi

if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
    else
        echo "The studio's tests need these. On Debian: sudo apt install ${packages[*]}" >&2
        echo "A Chromium of another name is named so: CHROMIUM=/path/to/it make test" >&2
        exit 1
    fi
fi

if [ ! -e node_modules/axe-core/axe.min.js ] || [ package-lock.json -nt node_modules/axe-core ]; then
    npm ci --silent --no-audit --no-fund --ignore-scripts
    touch node_modules/axe-core
fi
