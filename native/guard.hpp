// Guarded entry points: whatever is thrown below them ends as a text and an error value, never as std::terminate.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace vlm4j {

void set_last_error(const char * text) noexcept;

template <typename Result, typename Work>
Result guarded(Result failure, Work && work) noexcept {
    set_last_error("");
    try {
        return std::forward<Work>(work)();
    } catch (const std::exception & e) {
        set_last_error(e.what());
    } catch (...) {
        set_last_error("unknown C++ exception");
    }
    return failure;
}

// A copy that vlm4j_string_free can free.
char * copy_of(const std::string & text);

} // namespace vlm4j
