# Part of build-native.sh: finds the CUDA toolkit, cuBLAS and the GPUs.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with build-native.sh

# Sets $toolkit; when cuBLAS lies elsewhere, to a folder of links that holds both.
find_toolkit() {
    local nvcc=${CUDACXX:-} headers entry
    if [ -z "$nvcc" ] && [ -n "${CUDAToolkit_ROOT:-}" ]; then nvcc=$CUDAToolkit_ROOT/bin/nvcc; fi
    if [ -z "$nvcc" ]; then nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc); fi
    command -v "$nvcc" >/dev/null || die "nvcc is not installed; on Debian: apt-get install nvidia-cuda-toolkit (or NVIDIA's own cuda-toolkit-13), or set CUDAToolkit_ROOT"
    toolkit=$("$nvcc" --dryrun -x cu -E /dev/null 2>&1 | sed -n 's/^#\$ TOP=//p')
    toolkit=$(cd "${toolkit:-$(dirname "$nvcc")/..}" && pwd -P)

    if [ -z "${CUBLAS_ROOT:-}" ]; then
        headers=("$toolkit"/include/cublas_v2.h "$toolkit"/targets/*/include/cublas_v2.h /usr/include/cublas_v2.h)
        for entry in "${headers[@]}"; do
            if [ -f "$entry" ]; then return; fi
        done
        if [ -f "$builds/cuda-toolkit/of" ]; then # as the last time
            toolkit=$builds/cuda-toolkit
            return
        fi
        die "cuBLAS is missing from the CUDA toolkit in $toolkit; on Debian: apt-get install libcublas-dev (NVIDIA's: libcublas-dev-13-0), or pip install nvidia-cublas and set CUBLAS_ROOT to its folder nvidia/cu13"
    fi
    [ -f "$CUBLAS_ROOT/include/cublas_v2.h" ] || die "CUBLAS_ROOT: there is no include/cublas_v2.h in $CUBLAS_ROOT"
    overlay "$builds/cuda-toolkit" "$toolkit" "$(cd "$CUBLAS_ROOT" && pwd)"
    toolkit=$builds/cuda-toolkit
}

overlay() {
    local target=$1 base=$2 cublas=$3 file name libraries
    if [ "$(cat "$target/of" 2>/dev/null)" = "$base $cublas" ]; then return; fi
    rm -rf "$target"
    mkdir -p "$target/bin" "$target/include" "$target/lib64"
    ln -s "$base"/bin/* "$target/bin/"
    ln -s "$base/nvvm" "$target/nvvm"
    ln -s "$base"/include/* "$target/include/"
    ln -sf "$cublas"/include/* "$target/include/"
    libraries=("$base"/lib64/*.so* "$base"/lib64/*.a "$cublas"/lib*/*.so*)
    for file in "${libraries[@]}"; do
        name=${file##*/}
        ln -sf "$file" "$target/lib64/$name"
        case $name in
            *.so.[0-9]*) ln -sf "$file" "$target/lib64/${name%.so.*}.so" ;; # wheels come without the linker's name
        esac
    done
    if [ -d "$base/lib64/stubs" ]; then ln -s "$base/lib64/stubs" "$target/lib64/stubs"; fi
    echo "$base $cublas" >"$target/of"
}

# This machine's GPUs as "90;120"; nothing when there are none.
gpu_architectures() {
    command -v nvidia-smi >/dev/null || return 0
    nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | sed -n 's/^\([0-9]*\)\.\([0-9]*\)$/\1\2/p' |
        sort -u | paste -s -d ';' - || true
}
