#include "clear_boxes.hpp"

#include <cmath>

namespace spatialhub {

std::vector<std::uint8_t> clear_boxes(const double* boxes, std::size_t count, const RegionGrid& grid) {
    const auto last_cell = static_cast<double>(grid.cells);
    std::vector<std::uint8_t> clear(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double* box = boxes + 4 * i;
        i64 from[2], to[2];
        bool within = true;
        for (int axis = 0; axis < 2; ++axis) {
            const double first = std::floor((box[axis] - grid.low[axis]) / grid.step[axis] - grid.margin);
            const double last = std::floor((box[axis + 2] - grid.low[axis]) / grid.step[axis] + grid.margin);
            // first <= last: a box the wrong way round must not read elsewhere; what is not a number is not within
            within = within && first >= 0 && first <= last && last < last_cell;
            from[axis] = within ? static_cast<i64>(first) : 0;
            to[axis] = within ? static_cast<i64>(last) + 1 : 0;
        }
        if (!within) continue;
        const auto sum = [&](i64 x, i64 y) { return grid.open[x * (grid.cells + 1) + y]; };
        clear[i] = sum(to[0], to[1]) - sum(from[0], to[1]) - sum(to[0], from[1]) + sum(from[0], from[1]) == 0;
    }
    return clear;
}

} // namespace spatialhub
