#!/usr/bin/env bash
# Brings what the tests need and pip cannot: Chromium, Firefox, a screen and a hand for
# right-clicks, a Chinese font, axe-core and web-ext from npm; for the bridge, Mosquitto.
set -euo pipefail
cd "$(dirname "$0")/.."

chromium() {
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

firefox() {
    [ -n "${FIREFOX:-}" ] && [ -x "$FIREFOX" ] && return
    command -v firefox-esr || command -v firefox
}

packages=()
chromium >/dev/null || packages+=(chromium)
firefox >/dev/null || packages+=(firefox-esr)
command -v Xvfb >/dev/null || packages+=(xvfb)
command -v xdotool >/dev/null || packages+=(xdotool)
[ -x /usr/sbin/mosquitto ] || command -v mosquitto >/dev/null || packages+=(mosquitto)
command -v openssl >/dev/null || packages+=(openssl)
command -v g++ >/dev/null || packages+=(g++) # compiles the rule in the stove node's file
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
        echo "The tests need these. On Debian: sudo apt install ${packages[*]}" >&2
        echo "Browsers of other names are named so: CHROMIUM=/path/to/it FIREFOX=/path make test" >&2
        exit 1
    fi
fi

if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
    echo "The extension's tests need Node.js 18 or newer; this is $(node --version)." >&2
    exit 1
fi

if [ ! -e node_modules/axe-core/axe.min.js ] || [ ! -e node_modules/web-ext/bin/web-ext.js ] \
    || [ package-lock.json -nt node_modules/axe-core ]; then
    npm ci --silent --no-audit --no-fund --ignore-scripts
    touch node_modules/axe-core
fi

# ESPHome judges the node files; its needs differ from gezhi's, so it has its own environment.
peers=benchmarks/peers/esphome
if [ ! -e $peers/.done ] || [ $peers.txt -nt $peers/.done ]; then
    "${PYTHON:-python3}" -m venv $peers
    env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT \
        $peers/bin/python -m pip install --quiet -r $peers.txt
    touch $peers/.done
fi
