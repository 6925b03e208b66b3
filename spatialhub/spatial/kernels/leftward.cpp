#include "leftward.hpp"

#include <algorithm>
#include <numeric>

namespace spatialhub {

namespace {

// Whether wall a lies right of wall b where both are crossed by one horizontal: they meet at ends at most.
bool right_of(const Wall& a, const Wall& b) {
    if (a.low.y >= b.low.y) {
        int side = sign(cross(b.low, b.high, a.low));
        if (side == 0) side = sign(cross(b.low, b.high, a.high));
        return side < 0;
    }
    int side = sign(cross(a.low, a.high, b.low));
    if (side == 0) side = sign(cross(a.low, a.high, b.high));
    return side > 0;
}

} // namespace

std::vector<i32> first_left(const std::vector<Point>& points, const std::vector<i32>& tags,
                            const std::vector<Wall>& walls) {
    std::vector<i32> order(points.size()), found(points.size(), -1);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](i32 i, i32 j) { return points[i].y < points[j].y; });
    for (std::size_t w = 0; w < walls.size(); ++w) {
        const Wall& wall = walls[w];
        auto at = std::lower_bound(order.begin(), order.end(), wall.low.y,
                                   [&](i32 i, i64 y) { return points[i].y < y; });
        for (; at != order.end() && points[*at].y < wall.high.y; ++at) {
            const Point p = points[*at];
            if (tags[*at] != wall.tag || std::min(wall.low.x, wall.high.x) >= p.x) continue;
            const i128 side = cross(wall.low, wall.high, p);
            // Left of p just above it: p right of the wall, or the wall leaves p up and to the left.
            if (side > 0 || (side == 0 && !(p == wall.low && wall.high.x < wall.low.x))) continue;
            i32& best = found[*at];
            if (best < 0 || right_of(wall, walls[best])) best = static_cast<i32>(w);
        }
    }
    return found;
}

} // namespace spatialhub
