#!/usr/bin/env bash
# Hunts for inputs that break what reads a device's bytes: bash tests/fuzz/run.sh SECONDS [TARGET…]
# Each target begins with its corpus and, where there are any, with the recordings of real devices. What breaks it is
# left in the folder that is printed: put it into tests/fuzz/corpus/TARGET/, and mend what it breaks.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:?"how many seconds for each target?"}
shift
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
RUSTC_WORKSPACE_WRAPPER="$PWD/tests/fuzz/cover.sh" \
    cargo build --locked --workspace --features fuzz/libfuzzer --bin fuzz
# Not the one of a later build without coverage.
fuzz="$CARGO_TARGET_DIR/fuzz-bin"
cp "$CARGO_TARGET_DIR/debug/fuzz" "$fuzz"

targets=("$@")
if ((${#targets[@]} == 0)); then targets=($(ls tests/fuzz/corpus)); fi
found=$(mktemp -d)
failed=()
for target in "${targets[@]}"; do
    mkdir "$found/$target" "$found/$target-new"
    log="$found/$target.log"
    if FUZZ_TARGET=$target "$fuzz" "$found/$target-new" "tests/fuzz/corpus/$target" -max_total_time="$seconds" \
        -max_len=65507 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$found/$target/" >"$log" 2>&1; then
        printf '%-16s %s inputs in %s s, %s\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds" \
            "$(grep -oE 'cov: [0-9]+' "$log" | tail -1)"
    else
        failed+=("$target")
        grep -E 'panicked|ERROR|SUMMARY' -A2 "$log" | head -12
        echo "$target breaks at an input kept in $found/$target:"
        ls "$found/$target"
    fi
done
if ((${#failed[@]} > 0)); then
    echo "broken: ${failed[*]}"
    exit 1
fi
rm -rf "$found"
