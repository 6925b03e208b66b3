// Asks for memory that will be read soon: a snapshot's pages are spread wide, and waiting for one after the other is most
// of what a search costs.
#pragma once

#include <cstddef>

namespace spatialhub {

template <typename T> void prefetch(const T* values, std::size_t count) {
#if defined(__GNUC__)
    constexpr std::size_t LINE = 64;
    const auto* bytes = reinterpret_cast<const char*>(values);
    for (std::size_t at = 0; at < count * sizeof(T); at += LINE) __builtin_prefetch(bytes + at);
#else
    (void)values, (void)count;
#endif
}

} // namespace spatialhub
