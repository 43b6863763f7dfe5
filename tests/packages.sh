# Sourced by the scripts that need programs of Debian.

# packages PROGRAM:PACKAGE…: installs what is missing, PROGRAM by its path or its name.
packages() {
    local need missing=()
    for need in "$@"; do
        local program=${need%%:*} package=${need##*:}
        [[ -e $program ]] || command -v "$program" >/dev/null || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        echo "nothing is missing"
        return
    fi
    echo "installing ${missing[*]}"
    # Debian starts the services it installs; ours run on their own ports and nobody needs those.
    local policy=/usr/sbin/policy-rc.d made=no status=0
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=yes
    fi
    { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } || status=$?
    if [[ $made == yes ]]; then rm -f "$policy"; fi
    return $status
}
