// Pictures: stb_image, with what it leaves to its caller: bounded memory and time, and a refusal of files that end early
// (stb_image reads zeros behind the end and calls the result a picture).
#include "vlm4j.h"

#include "guard.hpp"

#if defined(__unix__) || defined(__APPLE__)
#    include <sys/mman.h>
#endif

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

#if defined(__unix__) || defined(__APPLE__)
constexpr bool has_mappings = true;

void * map(size_t size) {
    void * memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return nullptr;
    }
#    ifdef MADV_HUGEPAGE
    madvise(memory, size, MADV_HUGEPAGE); // most of the cost of a big block is meeting its pages: a seventh of a decoding
#    endif
    return memory;
}

void unmap(void * memory, size_t size) { munmap(memory, size); }
#else
constexpr bool has_mappings = false;

void * map(size_t) { return nullptr; }

void unmap(void *, size_t) {}
#endif

// Blocks from this size on are mapped: malloc keeps tens of megabytes for every thread that has ever decoded.
constexpr size_t least_mapped = size_t(1) << 20;

// In front of every block, as long as malloc's alignment.
struct alignas(16) block_head {
    size_t size; // with this
    bool   mapped;
};

// The largest block that the decoder may ask for: a few bytes of PNG can inflate to gigabytes whatever their header says.
thread_local size_t largest_block = 0;
thread_local bool   block_refused = false;

bool allowed(size_t size) {
    if (size <= largest_block) {
        return true;
    }
    block_refused = true;
    return false;
}

// Zeroed, because a damaged JPEG can leave parts of the picture unwritten: they must not show old memory.
void * allocate(size_t size) {
    if (!allowed(size)) {
        return nullptr;
    }
    size += sizeof(block_head);
    const bool mapped = has_mappings && size >= least_mapped;
    void *     memory = mapped ? map(size) : std::calloc(size, 1);
    return memory == nullptr ? nullptr : new (memory) block_head{ size, mapped } + 1;
}

void release(void * block) {
    if (block == nullptr) {
        return;
    }
    block_head * head = static_cast<block_head *>(block) - 1;
    if (head->mapped) {
        unmap(head, head->size);
    } else {
        std::free(head);
    }
}

void * reallocate(void * block, size_t size) {
    void * moved = allocate(size);
    if (moved != nullptr && block != nullptr) {
        const size_t old = static_cast<block_head *>(block)[-1].size - sizeof(block_head);
        std::memcpy(moved, block, old < size ? old : size);
        release(block);
    }
    return moved;
}

} // namespace

#define STBI_MALLOC(size)         allocate(size)
#define STBI_REALLOC(block, size) reallocate(block, size)
#define STBI_FREE(block)          release(block)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_PSD
#define STBI_NO_PIC
#define STBI_NO_PNM
#define STBI_NO_TGA
#if defined(__ARM_NEON) || defined(_M_ARM64)
#    define STBI_NEON // SSE2 is on by itself, NEON is not
#endif
#if defined(__GNUC__)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include "stb/stb_image.h"
#if defined(__GNUC__)
#    pragma GCC diagnostic pop
#endif

namespace {

// A progressive JPEG of a few bytes per scan costs a pass over the whole picture for each; encoders write about ten.
constexpr int max_scans = 100;

struct pixels_deleter {
    void operator()(uint8_t * pixels) const { release(pixels); }
};
using pixels_ptr = std::unique_ptr<uint8_t, pixels_deleter>;

// The file's bytes; reading or skipping beyond their end is the end of the attempt.
class reader {
public:
    reader(const uint8_t * bytes, size_t size) : data(bytes), length(size) {}

    size_t position() const { return at; }
    size_t left() const { return length - at; }

    bool starts_with(const char * magic) const {
        const size_t n = std::strlen(magic);
        return length >= n && std::memcmp(data, magic, n) == 0;
    }

    void skip(size_t n) {
        if (n > left()) {
            throw std::runtime_error("cut off after " + std::to_string(length) + " bytes");
        }
        at += n;
    }

    void seek(size_t position) {
        at = 0;
        skip(position);
    }

    uint8_t u8() {
        skip(1);
        return data[at - 1];
    }

    uint32_t u16be() {
        const uint32_t high = u8();
        return high << 8 | u8();
    }

    uint32_t u16le() {
        const uint32_t low = u8();
        return low | static_cast<uint32_t>(u8()) << 8;
    }

    uint32_t u32le() {
        const uint32_t low = u16le();
        return low | u16le() << 16;
    }

    // Moves to the next byte of this value.
    void find(uint8_t value) {
        const void * found = std::memchr(data + at, value, left());
        skip(found == nullptr ? left() + 1 : static_cast<size_t>(static_cast<const uint8_t *>(found) - (data + at)));
    }

private:
    const uint8_t * data;
    size_t          length;
    size_t          at = 0;
};

// Walks from marker to marker until the end of the image; coded data has no markers in it but restarts.
void check_jpeg(reader file) {
    int scans = 0;
    file.skip(2);
    for (;;) {
        file.find(0xFF);
        uint8_t marker = 0xFF;
        while (marker == 0xFF) {
            marker = file.u8();
        }
        const bool stuffed = marker == 0x00, alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
        if (marker == 0xD9) { // end of image
            break;
        }
        if (stuffed || alone) {
            continue;
        }
        if (marker == 0xDA && ++scans > max_scans) {
            throw std::runtime_error("more than " + std::to_string(max_scans) + " scans in a JPEG");
        }
        const uint32_t size = file.u16be(); // counts itself
        file.skip(size < 2 ? 0 : size - 2);
    }
    if (scans == 0) {
        throw std::runtime_error("no picture data in a JPEG");
    }
}

void check_bmp(reader file) {
    file.seek(10);
    const uint64_t offset = file.u32le();
    const bool     core   = file.u32le() == 12;
    const int64_t  width  = core ? file.u16le() : static_cast<int32_t>(file.u32le());
    const int64_t  height = core ? file.u16le() : static_cast<int32_t>(file.u32le());
    file.skip(2); // planes
    const int64_t bits = file.u16le();
    if (width > 0 && height != 0 && bits <= 32) { // else the decoder says what is wrong
        const uint64_t rows = static_cast<uint64_t>(height < 0 ? -height : height);
        const uint64_t row  = (static_cast<uint64_t>(width) * bits + 31) / 32 * 4; // the last row's padding may be missing
        file.seek(static_cast<size_t>(offset + row * (rows - 1) + (static_cast<uint64_t>(width) * bits + 7) / 8));
    }
}

void skip_blocks(reader & file) {
    while (const uint8_t size = file.u8()) {
        file.skip(size);
    }
}

// The first frame of a GIF alone, without its transparency: colours as in the palette, as Pillow's convert("RGB") has them.
// Without a background colour, too (the decoder exchanges its red and blue): what the frame does not cover is black.
std::vector<uint8_t> first_gif_frame(const uint8_t * data, reader file) {
    std::vector<size_t> controls; // where the flags of graphic control extensions are
    file.skip(10);
    const uint8_t screen = file.u8();
    file.skip(2);
    file.skip(screen & 0x80 ? size_t(6) << (screen & 7) : 0);
    for (;;) {
        const uint8_t block = file.u8();
        if (block == 0x21) { // extension
            if (file.u8() == 0xF9 && file.left() > 1) {
                controls.push_back(file.position() + 1);
            }
            skip_blocks(file);
        } else if (block == 0x2C) { // picture
            file.skip(8);
            const uint8_t frame = file.u8();
            file.skip(frame & 0x80 ? size_t(6) << (frame & 7) : 0);
            file.skip(1); // code size
            skip_blocks(file);
            break;
        } else {
            throw std::runtime_error("no picture in a GIF");
        }
    }
    std::vector<uint8_t> copy(data, data + file.position());
    for (size_t control : controls) {
        copy[control] &= static_cast<uint8_t>(~1);
    }
    copy[11] = 0; // the background's index
    return copy;
}

// EXIF orientation (TIFF tag 0x0112): where row 0 and column 0 of the stored picture are in the upright one. In tiles:
// a quarter turn reads down the columns, and every row of a big picture is in another page.
pixels_ptr upright(pixels_ptr pixels, int & width, int & height, int32_t orientation) {
    if (orientation <= 1 || orientation > 8) {
        return pixels;
    }
    const bool turned  = orientation >= 5;
    const bool flip_x  = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool flip_y  = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const ptrdiff_t w  = width, h = height, row = w * 3;
    const ptrdiff_t along_x = flip_x ? -3 : 3, along_y = flip_y ? -row : row;
    const ptrdiff_t right = turned ? along_y : along_x, down = turned ? along_x : along_y;
    const ptrdiff_t out_w = turned ? h : w, out_h = turned ? w : h;
    const uint8_t * origin = pixels.get() + (flip_x ? row - 3 : 0) + (flip_y ? (h - 1) * row : 0);
    pixels_ptr out(static_cast<uint8_t *>(allocate(static_cast<size_t>(w) * h * 3)));
    if (!out) {
        throw std::bad_alloc();
    }
    const ptrdiff_t tile = turned ? 64 : out_w; // whole rows where rows stay rows
    for (ptrdiff_t top = 0; top < out_h; top += tile) {
        const ptrdiff_t bottom = top + tile < out_h ? top + tile : out_h;
        for (ptrdiff_t left = 0; left < out_w; left += tile) {
            const ptrdiff_t columns = left + tile < out_w ? tile : out_w - left;
            for (ptrdiff_t y = top; y < bottom; y++) {
                const uint8_t * from = origin + y * down + left * right;
                uint8_t *       to   = out.get() + (y * out_w + left) * 3;
                for (ptrdiff_t x = 0; x < columns; x++, from += right, to += 3) {
                    std::memcpy(to, from, 3);
                }
            }
        }
    }
    width  = static_cast<int>(out_w);
    height = static_cast<int>(out_h);
    return out;
}

// What the decoder says of a damaged file; it may quote the file's own bytes.
std::string damage() {
    if (block_refused) {
        return "unpacks to more than a picture of its size can hold";
    }
    std::string reason;
    for (const char * c = stbi_failure_reason(); c != nullptr && *c != '\0'; c++) {
        reason += *c >= ' ' && *c <= '~' ? *c : '?';
    }
    return reason.empty() ? "damaged" : "damaged (" + reason + ")";
}

} // namespace

uint8_t * vlm4j_image_decode(const uint8_t * data, int64_t length, int64_t max_pixels, int32_t orientation,
                             int32_t * width, int32_t * height) {
    return vlm4j::guarded<uint8_t *>(nullptr, [&] {
        if (length <= 0 || length > INT_MAX) {
            throw std::invalid_argument("an image file of " + std::to_string(length) + " bytes");
        }
        int w = 0, h = 0, channels = 0;
        largest_block = size_t(1) << 20; // for reading the header
        if (!stbi_info_from_memory(data, static_cast<int>(length), &w, &h, &channels)) {
            throw std::runtime_error("not a readable PNG, JPEG, GIF or BMP");
        }
        if (w <= 0 || h <= 0 || static_cast<int64_t>(w) * h > max_pixels) {
            throw std::runtime_error("a picture of " + std::to_string(w) + "x" + std::to_string(h) + " pixels is over the limit of " + std::to_string(max_pixels));
        }
        const reader file(data, static_cast<size_t>(length));
        std::vector<uint8_t> frame;
        if (file.starts_with("\xFF\xD8")) {
            check_jpeg(file);
        } else if (file.starts_with("BM")) {
            check_bmp(file);
        } else if (file.starts_with("GIF8")) {
            frame  = first_gif_frame(data, file);
            data   = frame.data();
            length = static_cast<int64_t>(frame.size());
        }
        // Nothing honest needs more: 8 bytes a pixel inflated (doubled by growth), the file itself, blocks of narrow JPEGs.
        largest_block = static_cast<size_t>(w) * h * 16 + static_cast<size_t>(length) * 2 + (size_t(16) << 20);
        block_refused = false;
        stbi__g_failure_reason = ""; // some failures leave the last one's
        pixels_ptr pixels(stbi_load_from_memory(data, static_cast<int>(length), &w, &h, &channels, 3));
        if (!pixels) {
            throw std::runtime_error(damage());
        }
        pixels = upright(std::move(pixels), w, h, orientation);
        *width  = w;
        *height = h;
        return pixels.release();
    });
}

void vlm4j_image_free(uint8_t * pixels) { release(pixels); }
