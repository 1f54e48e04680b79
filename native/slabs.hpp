// Memory for copies that are written once and kept: see slabs.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vlm4j {

/// Not cleared, aligned to 64 bytes; nullptr when there is none. For any thread.
uint8_t * copy_allocate(size_t size);

/// Frees what copy_allocate gave; does nothing for nullptr. For any thread.
void copy_free(uint8_t * data);

} // namespace vlm4j
