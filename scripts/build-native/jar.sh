# Part of build-native.sh: the folder that Maven packs as the natives jar.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with build-native.sh

# The comment at the start of a source file / the part of it from a line on that matches a pattern.
opening_comment() { sed '/\*\//q' "$1"; }
from_line() { sed -n "/$1/,\$p" "$2"; }

copy_licences() {
    local to=$1 vendor=$source_tree/vendor
    mkdir -p "$to"
    cp "$source_tree/LICENSE" "$to/llama.cpp-and-ggml.txt"
    cp "$source_tree/licenses/LICENSE-jsonhpp" "$to/nlohmann-json.txt"
    cp "$vendor/hash/xxhash/LICENSE" "$to/xxhash.txt"
    cp "$vendor/hash/sha256/LICENSE" "$to/sha256.txt"
    cp "$vendor/hash/rotate-bits/LICENSE.md" "$to/rotate-bits.txt"
    opening_comment "$vendor/hash/sha1/sha1.c" >"$to/sha1.txt"
    from_line 'This software is available under 2 licenses' "$vendor/stb/stb_image.h" >"$to/stb_image.txt"
    from_line 'This software is available as a choice of' "$vendor/miniaudio/miniaudio.h" >"$to/miniaudio.txt"
    sed -n '/This is free and unencumbered/,/\*\//p' "$vendor/sheredom/subprocess.h" >"$to/subprocess.txt"
    sed -n '1,/^$/p' "$source_tree/ggml/src/ggml-cpu/llamafile/sgemm.cpp" >"$to/llamafile-sgemm.txt"
    grep -h -m 1 -A 1 'YaRN algorithm' "$source_tree/ggml/src/ggml-cpu/ops.cpp" >"$to/yarn.txt"
    if [ -f "$root/LICENSE" ]; then cp "$root/LICENSE" "$to/vlm4j.txt"; fi
    for file in "$to"/*.txt; do
        [ -s "$file" ] || die "no licence text found for ${file##*/}: see copy_licences in scripts/build-native.sh"
    done
}

lay_out_jar() {
    local platform name target folder library strip=(strip --strip-unneeded)
    if [ "$(uname -s)" = Darwin ]; then strip=(strip -x); fi
    platform=$(sed -n 's/^platform=//p' "$build/lib/VERSION")
    name=$platform
    if [ "$variant" = cuda ]; then name=$platform-cuda; fi
    target=$root/target/natives/natives-$name
    folder=$target/META-INF/native/$name
    rm -rf "$target"
    mkdir -p "$folder"
    if [ "$variant" = cuda ]; then # an addition to the portable jar, which has all the rest
        grep 'ggml-cuda' "$build/lib/LIBRARIES" >"$folder/LIBRARIES"
    else
        cp "$build/lib/LIBRARIES" "$folder/"
    fi
    sed 's/^backend //' "$folder/LIBRARIES" | while IFS= read -r library; do
        cp "$build/lib/$library" "$folder/"
        "${strip[@]}" "$folder/$library"
    done
    cp "$build/lib/VERSION" "$folder/"
    cmake "-DDIRECTORY=$folder" -P "$root/native/checksums.cmake"
    copy_licences "$target/META-INF/licenses/vlm4j-natives"
    say "ready to jar with classifier natives-$name: ${target#"$root"/} ($(du -sh "$target" | cut -f1))"
    if [ "$variant" = native ]; then say "these libraries run only on processors like this one"; fi
}
