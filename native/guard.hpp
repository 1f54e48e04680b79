// Guarded entry points: whatever is thrown below them ends as a text and an error value, never as std::terminate. A failed
// assertion (GGML_ASSERT, GGML_ABORT) is thrown as well while a guard is open on its thread; see vlm4j_catch_assertions.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace vlm4j {

// Out of line, and what they write is the thread's own: a guard costs nanoseconds.
void open_guard() noexcept;
bool close_guard() noexcept; // false when an assertion failed in it, even if what it threw was caught on the way
void set_last_error(const char * text) noexcept;

template <typename Result, typename Work>
Result guarded(Result failure, Work && work) noexcept {
    open_guard();
    try {
        Result result = std::forward<Work>(work)();
        return close_guard() ? result : failure;
    } catch (const std::exception & e) {
        set_last_error(e.what());
    } catch (...) {
        set_last_error("unknown C++ exception");
    }
    close_guard();
    return failure;
}

// A copy that vlm4j_string_free can free.
char * copy_of(const std::string & text);

} // namespace vlm4j
