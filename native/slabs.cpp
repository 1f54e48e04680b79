// Memory for copies that are written once and kept.
//
// A kernel hands memory out as it is first written, and on virtual machines that costs far more than writing it: of a
// copy of 300 MB, 1160 ms of 1190 with pages of 4 KiB, and 26 ms in all with pages of 2 MiB. malloc cannot be told to
// use these but by an environment variable. So copies lie one after the other in slabs that are made of large pages.
// Those that are freed first are usually those that were made first, and with its last copy a slab goes. The next slab
// is written to beforehand, by a thread that gives way to others: even so a copy of 3.4 MB took 12 ms where the machine
// around a virtual machine had no memory at hand, in which a server answers nobody.
#include "slabs.hpp"

#include "vlm4j.h"

#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace vlm4j {

namespace {

constexpr size_t SMALL_PAGE = size_t{4} << 10;
constexpr size_t LARGE_PAGE = size_t{2} << 20;
constexpr size_t SLAB       = size_t{16} << 20; // of which what was never written takes no memory
constexpr size_t OWN        = SLAB / 4;         // from this size on a copy has a slab of its own
constexpr size_t LINE       = 64;

struct Slab {
    size_t capacity;
    size_t used;
    size_t copies;
};

struct Header { // before each copy
    Slab * slab;
};

static_assert(sizeof(Slab) <= LINE && sizeof(Header) <= LINE);

std::mutex lock;
Slab *     current   = nullptr; // that small copies are added to
Slab *     spare     = nullptr; // that comes next, written to
bool       preparing = false;   // whether a thread makes it

size_t padded(size_t size, size_t unit) {
    return (size + unit - 1) / unit * unit;
}

Slab * create(size_t size) {
#ifdef _WIN32
    void * memory = _aligned_malloc(size, LINE);
#else
    void * memory = std::aligned_alloc(LARGE_PAGE, padded(size, LARGE_PAGE));
#endif
    if (memory == nullptr) {
        return nullptr;
    }
#ifdef MADV_HUGEPAGE
    madvise(memory, size / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE); // where it is refused, pages are small
#endif
    Slab * slab = static_cast<Slab *>(memory);
    *slab       = {size, LINE, 0};
    return slab;
}

void destroy(Slab * slab) {
#ifdef _WIN32
    _aligned_free(slab);
#else
    std::free(slab);
#endif
}

void prepare() {
    vlm4j_thread_yields();
    Slab * made = create(SLAB);
    if (made != nullptr) {
        for (size_t at = SMALL_PAGE; at < SLAB; at += SMALL_PAGE) {
            reinterpret_cast<volatile uint8_t *>(made)[at] = 0;
        }
    }
    const std::lock_guard<std::mutex> guard(lock);
    spare     = made;
    preparing = false;
}

// With the lock.
void prepare_next() {
    if (spare == nullptr && !preparing) {
        try {
            std::thread(prepare).detach();
            preparing = true;
        } catch (const std::system_error &) {
            // then it is written to when it is needed
        }
    }
}

// With the lock: the spare one, if it is there.
Slab * next_slab() {
    Slab * next = spare != nullptr ? spare : create(SLAB);
    spare       = nullptr;
    return next;
}

uint8_t * add(Slab * slab, size_t size) {
    uint8_t * start                    = reinterpret_cast<uint8_t *>(slab) + slab->used;
    reinterpret_cast<Header *>(start)->slab = slab;
    slab->used += size;
    slab->copies++;
    return start + LINE;
}

} // namespace

uint8_t * copy_allocate(size_t size) {
    if (size > SIZE_MAX / 2) {
        return nullptr;
    }
    const size_t needed = padded(size, LINE) + LINE;
    if (needed >= OWN) {
        Slab * own = create(needed + LINE);
        return own == nullptr ? nullptr : add(own, needed);
    }
    const std::lock_guard<std::mutex> guard(lock);
    if (current == nullptr || current->capacity - current->used < needed) {
        Slab * next = next_slab();
        if (next == nullptr) {
            return nullptr;
        }
        if (current != nullptr && current->copies == 0) {
            destroy(current);
        }
        current = next;
        prepare_next();
    }
    return add(current, needed);
}

void copy_free(uint8_t * data) {
    if (data == nullptr) {
        return;
    }
    Slab * slab = reinterpret_cast<Header *>(data - LINE)->slab;
    bool   last;
    {
        const std::lock_guard<std::mutex> guard(lock);
        last = --slab->copies == 0;
        if (last && slab == current) {
            slab->used = LINE; // begins again, with its memory
            last       = false;
        }
    }
    if (last) {
        destroy(slab);
    }
}

} // namespace vlm4j
