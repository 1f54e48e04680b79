// How the C library keeps large blocks.
//
// glibc raises the size from which blocks are mapped on their own whenever a mapped one is freed, up to 32 MB. From
// then on compute buffers, caches and pictures come out of the heaps of its arenas, one for each few threads, which
// cannot shrink while anything later lies in them: four minutes of `./vlm4j soak` added 114 MB, and 16 MB
// with this. With a size that is fixed, a large block that is freed is gone at once.
#if defined(__GLIBC__) || defined(__linux__)
#include <features.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>

#include <cstdlib>

namespace {

constexpr int MAPPED_FROM = 1 << 20;

[[gnu::constructor]] void keep_large_blocks_apart() {
    if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr && std::getenv("GLIBC_TUNABLES") == nullptr) {
        mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    }
}

} // namespace
#endif
