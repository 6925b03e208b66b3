// What every kernel speaks of: points on the record grid, closed rings, exact products.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace spatialhub {

using i32 = std::int32_t;
using i64 = std::int64_t;
using i128 = __int128; // products of coordinate differences: exact whatever the extent

struct Point {
    i64 x, y;
};

inline bool operator==(Point a, Point b) { return a.x == b.x && a.y == b.y; }
inline bool operator!=(Point a, Point b) { return !(a == b); }
inline bool operator<(Point a, Point b) { return a.x < b.x || (a.x == b.x && a.y < b.y); }

// A closed box; empty where xmin > xmax.
struct Box {
    i64 xmin, ymin, xmax, ymax;
    bool meets(const Box& other) const {
        return xmin <= other.xmax && other.xmin <= xmax && ymin <= other.ymax && other.ymin <= ymax;
    }
};

// Twice the signed area of the triangle a, b, c: positive where c lies left of a → b.
inline i128 cross(Point a, Point b, Point c) {
    return static_cast<i128>(b.x - a.x) * (c.y - a.y) - static_cast<i128>(b.y - a.y) * (c.x - a.x);
}

inline int sign(i128 value) { return (value > 0) - (value < 0); }

// Closed rings (last point = first) with a label each. A ring adds `turn` (+1 or -1) times its winding number to its
// label: with turn +1 a counterclockwise ring is a shell and a clockwise one a hole.
struct Rings {
    std::vector<Point> points;
    std::vector<i64> starts{0}; // ring r has points starts[r] … starts[r + 1] - 1
    std::vector<i32> labels;
    std::vector<signed char> turns;

    std::size_t size() const { return labels.size(); }
    void close(i32 label, signed char turn) { // the points added since the last call are a ring
        starts.push_back(static_cast<i64>(points.size()));
        labels.push_back(label);
        turns.push_back(turn);
    }
};

// What the grid cannot hold; the caller falls back or refuses.
struct OutOfRange : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace spatialhub
