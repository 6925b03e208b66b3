#include "hilbert.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace spatialhub {

std::uint32_t hilbert_key(std::uint32_t x, std::uint32_t y) {
    constexpr std::uint32_t last = (1u << HILBERT_ORDER) - 1;
    std::uint32_t key = 0;
    for (std::uint32_t side = 1u << (HILBERT_ORDER - 1); side > 0; side >>= 1) {
        const bool right = (x & side) != 0;
        const bool upper = (y & side) != 0;
        key += side * side * ((3u * right) ^ static_cast<std::uint32_t>(upper));
        if (!upper) { // the two lower quarters are turned
            if (right) {
                x = last - x;
                y = last - y;
            }
            std::swap(x, y);
        }
    }
    return key;
}

std::vector<std::uint32_t> hilbert_keys(const i64* boxes, std::size_t count) {
    Box whole{std::numeric_limits<i64>::max(), std::numeric_limits<i64>::max(), std::numeric_limits<i64>::min(),
              std::numeric_limits<i64>::min()};
    for (std::size_t i = 0; i < count; ++i) {
        whole.xmin = std::min(whole.xmin, boxes[4 * i]);
        whole.ymin = std::min(whole.ymin, boxes[4 * i + 1]);
        whole.xmax = std::max(whole.xmax, boxes[4 * i + 2]);
        whole.ymax = std::max(whole.ymax, boxes[4 * i + 3]);
    }
    std::vector<std::uint32_t> keys(count);
    if (count == 0) return keys;
    const i64 side = std::max({whole.xmax - whole.xmin, whole.ymax - whole.ymin, i64{1}});
    const i64 cell = side / (i64{1} << HILBERT_ORDER) + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const i64 x = (boxes[4 * i] - whole.xmin + boxes[4 * i + 2] - whole.xmin) / 2;
        const i64 y = (boxes[4 * i + 1] - whole.ymin + boxes[4 * i + 3] - whole.ymin) / 2;
        keys[i] = hilbert_key(static_cast<std::uint32_t>(x / cell), static_cast<std::uint32_t>(y / cell));
    }
    return keys;
}

} // namespace spatialhub
