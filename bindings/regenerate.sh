#!/usr/bin/env bash
# Regenerates bindings/java from the C headers. Needed only when an include list, native/vlm4j.h or the llama.cpp pin
# changes; the result is committed, so that building vlm4j needs no jextract. A regeneration is a commit of its own.
#
#   JEXTRACT=/path/to/jextract bindings/regenerate.sh [LLAMA_CPP_SOURCE]
#
# JEXTRACT        jextract built for JDK 25
# JEXTRACT_FLAGS  extra flags, such as -I /usr/lib/llvm-14/lib/clang/14.0.6/include for libclang's own headers
# LLAMA_CPP_SOURCE defaults to the tree that scripts/build-native.sh prepares
set -euo pipefail
cd "$(dirname "$0")"
: "${JEXTRACT:?set JEXTRACT to the jextract launcher}"
source_dir=${1:-../native/build/src/llama.cpp}
[ -f "$source_dir/include/llama.h" ] || { echo "no llama.cpp source in $source_dir: run scripts/build-native.sh" >&2; exit 1; }
pinned_tree=$(grep -oE '[0-9a-f]{40}' ../native/llama.cpp.pin | head -n 1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R includes "$work/lists"
headers="-I $source_dir/include -I $source_dir/ggml/include -I $source_dir/tools/mtmd -I ../native"

generate() { # library, header class, header text
    local library=$1 class=$2
    printf '%s\n' "$3" > "$work/${library}_umbrella.h"
    sed 's/^/--include-/' "includes/$library.txt" > "$work/$library.args"
    # shellcheck disable=SC2086 # flags are words
    "$JEXTRACT" ${JEXTRACT_FLAGS:-} $headers --output "$work/java" --target-package "io.vlm4j.bindings.$library" \
        --header-class-name "$class" "@$work/$library.args" "$work/${library}_umbrella.h"
}
generate ggml  GgmlH  '#include "ggml.h"
#include "ggml-backend.h"'
generate llama LlamaH '#include "llama.h"'
generate mtmd  MtmdH  '#include "mtmd.h"
#include "mtmd-helper.h"'
generate shim  ShimH  '#include "vlm4j.h"'

# C long is 4 bytes on Windows; no header of ours has a bare one, so its layout is taken from long long everywhere.
find "$work/java" -name '*$shared.java' -exec sed -i 's/canonicalLayouts().get("long")/canonicalLayouts().get("long long")/' {} +

rm -rf java
mkdir -p java
cp -R "$work/java/." java/

sha() { LC_ALL=C; for file in $(find "$@" -type f | LC_ALL=C sort); do printf '%s  %s\n' "$(sha256sum < "$file" | cut -d' ' -f1)" "$file"; done; }
{
    echo "# Written by regenerate.sh; a test recomputes the hashes, so edits by hand fail."
    echo "llama.cpp-tree $pinned_tree"
    echo "jextract $("$JEXTRACT" --version 2>&1 | sed -n 's/^jextract //p')"
    echo "header-vlm4j.h $(sha256sum < ../native/vlm4j.h | cut -d' ' -f1)"
    sha includes
    sha java
} > LOCK
echo "$(find java -name '*.java' | wc -l) files, $(find java -name '*.java' -exec cat {} + | wc -l) lines"
