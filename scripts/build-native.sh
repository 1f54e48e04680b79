#!/usr/bin/env bash
# Builds the native libraries from the pinned llama.cpp; see usage() below and native/README.md.
# shellcheck disable=SC2034,SC2154 # shares its variables with scripts/build-native/*.sh
set -euo pipefail
shopt -s nullglob

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pin_file=$root/native/llama.cpp.pin
builds=$root/native/build
source_tree=$builds/src/llama.cpp
cache=${VLM4J_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vlm4j}

usage() {
    cat <<'USAGE'
Usage: scripts/build-native.sh [--native | --portable] [--cuda] [--jar] [--jobs N] [--clean] [--source DIR]

Builds libggml, libllama, libmtmd and libvlm4j into native/build/VARIANT/lib.

  --native      for this machine's processor only (default)
  --portable    every processor variant of this architecture, chosen at run time (default with --jar)
  --cuda        the portable libraries and the CUDA backend (variant "cuda")
  --jar         then lay the stripped libraries out for the natives jar, in target/natives
  --jobs N      compile N files at a time (default: one for each processor)
  --clean       build from nothing
  --source DIR  take llama.cpp from this checkout or folder, whose git tree must be the pinned one

Environment:
  LLAMA_CPP_DIR            the same as --source
  VLM4J_CACHE              where the fetched source is kept (default: ~/.cache/vlm4j)
  CC, CXX                  compilers
  CUDAToolkit_ROOT         CUDA toolkit, when nvcc is not on the PATH
  CUBLAS_ROOT              folder with cuBLAS's include and lib, when the toolkit has none
  CMAKE_CUDA_ARCHITECTURES for example "86;90" (default: this machine's GPUs; with --jar or without a GPU, all usual)
USAGE
}

say() { printf 'build-native: %s\n' "$*"; }
die() { printf 'build-native: %s\n' "$*" >&2; exit 1; }
misused() { printf 'build-native: %s\nTry scripts/build-native.sh --help\n' "$*" >&2; exit 2; }
pinned() { sed -n "s/^$1=//p" "$pin_file"; }

# need COMMAND PACKAGE: one sentence that says what is missing and how to get it.
need() { command -v "$1" >/dev/null || die "$1 is not installed; on Debian or Ubuntu: apt-get install $2"; }

# need_one WHAT PACKAGE COMMAND...: any of the commands will do.
need_one() {
    local what=$1 package=$2 name
    shift 2
    for name; do
        if command -v "${name%% *}" >/dev/null; then return; fi
    done
    die "no $what is installed (looked for: $*); on Debian or Ubuntu: apt-get install $package"
}

# Waits until no other build of this checkout holds the file; released when this process ends or lock_release is called.
lock() {
    command -v flock >/dev/null || return 0
    mkdir -p "$builds"
    exec 9>"$1"
    flock --nonblock 9 || { say "waiting for another build in this checkout"; flock 9; }
}
lock_release() { exec 9>&-; }

for part in source cuda jar; do
    # shellcheck source=/dev/null
    . "$root/scripts/build-native/$part.sh"
done

# ---- build -------------------------------------------------------------------------------------------------------

# What "-march=native" means here. Objects and ccache entries made for another processor must not be taken for ours.
processor() {
    "${CC:-cc}" -march=native -### -E -x c /dev/null 2>&1 | tr ' ' '\n' | grep -E '^"?-(march|mtune|mcpu|m[a-z0-9.]+|target)' |
        sort -u | tr '\n' ' ' || true
}

configure() {
    local arguments architectures toolchain
    arguments=("-DVLM4J_LLAMA_SOURCE=$source_tree")
    toolchain="${CC:-cc} ${CXX:-c++}"
    if command -v ninja >/dev/null; then arguments+=(-G Ninja); else arguments+=(-G "Unix Makefiles"); fi
    if command -v ccache >/dev/null; then
        arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    else
        arguments+=(-DCMAKE_C_COMPILER_LAUNCHER= -DCMAKE_CXX_COMPILER_LAUNCHER=)
    fi
    case $variant in
        native)
            mkdir -p "$builds"
            processor >"$builds/processor.new"
            if ! cmp -s "$builds/processor.new" "$builds/processor"; then cp "$builds/processor.new" "$builds/processor"; fi
            rm "$builds/processor.new"
            export CCACHE_EXTRAFILES=$builds/processor${CCACHE_EXTRAFILES:+:$CCACHE_EXTRAFILES}
            toolchain="$toolchain $(cat "$builds/processor")"
            ;;
        portable)
            arguments+=(-DVLM4J_PORTABLE=ON)
            ;;
        cuda)
            toolchain="$toolchain $toolkit"
            arguments+=(-DVLM4J_CUDA=ON "-DCUDAToolkit_ROOT=$toolkit" "-DCMAKE_CUDA_COMPILER=$toolkit/bin/nvcc")
            architectures=${CMAKE_CUDA_ARCHITECTURES:-${CUDAARCHS:-}}
            if [ -z "$architectures$jar" ]; then architectures=$(gpu_architectures); fi
            if [ -z "$architectures$jar" ] && [ -f "$build/arguments" ]; then # as the last time
                architectures=$(sed -n 's/.*-DCMAKE_CUDA_ARCHITECTURES=\([^ ]*\).*/\1/p' "$build/arguments")
            fi
            if [ -n "$architectures" ]; then arguments+=("-DCMAKE_CUDA_ARCHITECTURES=$architectures"); fi
            if command -v ccache >/dev/null; then arguments+=(-DCMAKE_CUDA_COMPILER_LAUNCHER=ccache); fi
            ;;
    esac

    # CMake cannot change compilers in place, and does not notice another processor.
    if [ -n "$clean" ] || { [ -f "$build/toolchain" ] && [ "$(cat "$build/toolchain")" != "$toolchain" ]; }; then
        rm -rf "$build"
    fi
    if [ -f "$build/arguments" ] && [ "$(cat "$build/arguments")" = "${arguments[*]}" ]; then return; fi
    mkdir -p "$build"
    rm -f "$build/CMakeCache.txt" # it would keep arguments of last time
    printf '%s\n' "$toolchain" >"$build/toolchain"
    cmake -S "$root" -B "$build" "${arguments[@]}" >"$build/configure.log" 2>&1 || {
        cat "$build/configure.log" >&2
        die "cmake could not configure $build (log above)"
    }
    printf '%s\n' "${arguments[*]}" >"$build/arguments"
}

# Compiler output whole, but only every fifth step.
some_steps() {
    local line step=0
    while IFS= read -r line; do
        case $line in
            '['*)
                step=$((step + 1))
                if [ $((step % 5)) -eq 1 ]; then printf '%s\n' "$line"; fi
                ;;
            *) printf '%s\n' "$line" ;;
        esac
    done
}

compile() {
    local command=(cmake --build "$build" --parallel "$jobs")
    export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}
    if [ -t 1 ]; then "${command[@]}"; else "${command[@]}" 2>&1 | some_steps; fi ||
        die "the build failed (log above)"
}

# ---- main --------------------------------------------------------------------------------------------------------

processors() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

parse_arguments() {
    choice='' cuda='' jar='' clean='' jobs=$(processors) source_folder=${LLAMA_CPP_DIR:-}
    while [ $# -gt 0 ]; do
        case $1 in
            --native | --portable) choice=${1#--} ;;
            --cuda) cuda=1 ;;
            --jar) jar=1 ;;
            --clean) clean=1 ;;
            --jobs | --source)
                [ $# -ge 2 ] || misused "$1 needs a value"
                if [ "$1" = --jobs ]; then jobs=$2; else source_folder=$2; fi
                shift
                ;;
            --help | -h) usage; exit 0 ;;
            *) misused "unknown argument: $1" ;;
        esac
        shift
    done
    case $jobs in '' | 0 | *[!0-9]*) misused "--jobs needs a positive number, not '$jobs'" ;; esac
    if [ -n "$cuda" ] && [ "$choice" = native ]; then
        misused "--cuda cannot be combined with --native: ggml loads backends on demand only in a portable build"
    fi
    variant=${choice:-native}
    if [ -n "$jar" ] && [ -z "$choice" ]; then variant=portable; fi
    if [ -n "$cuda" ]; then variant=cuda; fi
}

check_tools() {
    local c=(cc gcc clang) cxx=(c++ g++ clang++)
    if [ -n "${CC:-}" ]; then c=("$CC"); fi
    if [ -n "${CXX:-}" ]; then cxx=("$CXX"); fi
    need git git
    need cmake cmake
    need_one "C compiler" build-essential "${c[@]}"
    need_one "C++ compiler" build-essential "${cxx[@]}"
    need_one "build tool" ninja-build ninja make
    if [ -n "$jar" ]; then need strip binutils; fi
    if [ -n "$cuda" ]; then find_toolkit; fi
}

main() {
    parse_arguments "$@"
    check_tools
    tag=$(pinned tag)
    tree=$(pinned tree)
    build=$builds/$variant
    cached_bundle=$cache/llama.cpp-$tree.bundle
    mkdir -p "$builds/src"
    lock "$builds/src.lock"
    prepare_source
    lock_release
    lock "$builds/$variant.lock"
    configure
    compile
    if [ -n "$jar" ]; then lay_out_jar; fi
    say "${build#"$root"/}/lib is ready ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
    exit 0 # never read on: this file may have changed meanwhile
}

main "$@"
