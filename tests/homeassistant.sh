#!/usr/bin/env bash
# The bridge with a real Home Assistant, end to end. Needs Python 3.11, about 700 MB and a minute;
# not part of `make test`, but of .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."

peer=benchmarks/peers/homeassistant
needs=tests/home/homeassistant.txt
if ! "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
    echo "Home Assistant 2024.3.3 runs on Python 3.11 alone: PYTHON=python3.11 $0" >&2
    exit 1
fi
if [ ! -e $peer/.done ] || [ $needs -nt $peer/.done ]; then
    "${PYTHON:-python3}" -m venv $peer
    env -u PIP_CONSTRAINT -u PIP_BUILD_CONSTRAINT \
        $peer/bin/python -m pip install --quiet -r $needs
    touch $peer/.done
fi
"${VENV:-.venv}/bin/python" -m pytest tests/home/check_homeassistant.py "$@"
