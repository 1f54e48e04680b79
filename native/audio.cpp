// Sounds: miniaudio, which llama.cpp brings, with a bound on what a small file may unpack to.
#include "vlm4j.h"

#include "guard.hpp"

#define MA_NO_ENCODING
#define MA_NO_DEVICE_IO
#define MA_NO_RESOURCE_MANAGER
#define MA_NO_NODE_GRAPH
#define MA_NO_ENGINE
#define MA_NO_GENERATION
#define MA_API static
#if defined(__GNUC__)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wunused-function"
#endif
#define MINIAUDIO_IMPLEMENTATION
#include "miniaudio/miniaudio.h"
#if defined(__GNUC__)
#    pragma GCC diagnostic pop
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr ma_uint64 block = 1 << 16; // frames read at a time

class decoder {
public:
    decoder(const uint8_t * data, int64_t length, int32_t sample_rate) {
        const auto config = ma_decoder_config_init(ma_format_f32, /* channels = */ 1, static_cast<ma_uint32>(sample_rate));
        if (ma_decoder_init_memory(data, static_cast<size_t>(length), &config, &state) != MA_SUCCESS) {
            throw std::invalid_argument("not a WAV, MP3 or FLAC file that can be read");
        }
    }
    ~decoder() { ma_decoder_uninit(&state); }
    decoder(const decoder &)             = delete;
    decoder & operator=(const decoder &) = delete;

    // Frames read; fewer than asked for at the end.
    size_t read(float * out, ma_uint64 frames) {
        ma_uint64  got    = 0;
        const auto result = ma_decoder_read_pcm_frames(&state, out, frames, &got);
        if (result != MA_SUCCESS && result != MA_AT_END) {
            throw std::runtime_error(std::string("the sound is damaged: ") + ma_result_description(result));
        }
        return static_cast<size_t>(got);
    }

private:
    ma_decoder state{};
};

} // namespace

float * vlm4j_audio_decode(const uint8_t * data, int64_t length, int32_t sample_rate, int64_t max_samples, int64_t * n_samples) {
    return vlm4j::guarded<float *>(nullptr, [&]() -> float * {
        decoder            source(data, length, sample_rate);
        std::vector<float> samples;
        for (;;) {
            const size_t before = samples.size();
            samples.resize(before + block);
            const size_t got = source.read(samples.data() + before, block);
            samples.resize(before + got);
            if (samples.size() > static_cast<size_t>(max_samples)) {
                throw std::length_error("longer than " + std::to_string(max_samples / sample_rate) + " seconds");
            }
            if (got < block) {
                break;
            }
        }
        if (samples.empty()) {
            throw std::invalid_argument("the file has no sound in it");
        }
        auto * copy = static_cast<float *>(std::malloc(samples.size() * sizeof(float)));
        if (copy == nullptr) {
            throw std::bad_alloc();
        }
        std::memcpy(copy, samples.data(), samples.size() * sizeof(float));
        *n_samples = static_cast<int64_t>(samples.size());
        return copy;
    });
}

void vlm4j_audio_free(float * samples) { std::free(samples); }
