// What a guard knows of its thread, and assertions that become exceptions.
#include "guard.hpp"

#include "vlm4j.h"

#include <cstdio>
#include <string>

namespace {

struct thread_state {
    std::string error;               // the reason of the last failure
    std::string assertion;           // "FILE:LINE: TEXT" of the last assertion
    int         failed_in  = 0;      // the guard, counted from the outermost, in which it failed; 0 for none that is open
    bool        by_assertion = false; // whether `error` is an assertion
};

thread_local thread_state state;

// A std::exception: llama.cpp's own handlers free what was half made, as they do for every other failure.
struct failed_assertion : std::exception {
    const char * what() const noexcept override { return state.assertion.c_str(); }
};

// ggml calls this in place of printing; when it returns, the process ends.
void on_abort(const char * message) {
    const int guard = ggml_guard(0);
    if (guard == 0 || std::uncaught_exceptions() > 0) { // in a destructor that runs for another exception: nobody can catch it
        std::fprintf(stderr, "vlm4j: a native assertion failed where nothing can catch it, which ends the process: %s\n", message);
        std::fflush(stderr);
        return;
    }
    state.assertion = message;
    state.failed_in = guard;
    throw failed_assertion();
}

} // namespace

namespace vlm4j {

void set_last_error(const char * text) noexcept {
    try {
        state.error = text;
    } catch (...) {
        state.error.clear();
    }
}

void open_guard() noexcept {
    state.error.clear(); // keeps its storage: no allocation on the per-token path
    state.by_assertion = false;
    if (state.failed_in >= ggml_guard(+1)) {
        state.failed_in = 0;
    }
}

bool close_guard() noexcept {
    const int guard = ggml_guard(0);
    ggml_guard(-1);
    if (state.failed_in != guard) {
        return true;
    }
    state.failed_in = 0;
    state.by_assertion = true;
    set_last_error(state.assertion.c_str());
    return false;
}

} // namespace vlm4j

const char * vlm4j_last_error(void) { return state.error.c_str(); }

bool vlm4j_last_error_is_assertion(void) { return state.by_assertion; }

void vlm4j_catch_assertions(void) { ggml_set_abort_callback(on_abort); }
