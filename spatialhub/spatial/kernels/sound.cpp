#include "sound.hpp"

#include <algorithm>
#include <cmath>

namespace spatialhub {

namespace {

constexpr i64 MOST_POINTS = 64; // every edge is held against every other

struct Corner {
    double x, y;
};

// Sign of the triangle a, b, c; 0 where it is not sure. The bound is Shewchuk's: the error of the difference of two
// products stays below (3 + 16ε)ε of the sum of their sizes; four times that is demanded.
int sure_side(Corner a, Corner b, Corner c) {
    const double left = (a.x - c.x) * (b.y - c.y), right = (a.y - c.y) * (b.x - c.x);
    const double turn = left - right, error = 1.4e-15 * (std::abs(left) + std::abs(right));
    return turn > error ? 1 : turn < -error ? -1 : 0;
}

// Whether two edges without a common end are apart for sure: their boxes are, or one lies wholly on a side of the other.
bool apart(Corner a, Corner b, Corner c, Corner d) {
    if (std::max(a.x, b.x) < std::min(c.x, d.x) || std::max(c.x, d.x) < std::min(a.x, b.x)) return true;
    if (std::max(a.y, b.y) < std::min(c.y, d.y) || std::max(c.y, d.y) < std::min(a.y, b.y)) return true;
    const int at_c = sure_side(a, b, c), at_a = sure_side(c, d, a);
    return (at_c != 0 && at_c == sure_side(a, b, d)) || (at_a != 0 && at_a == sure_side(c, d, b));
}

// A ring of n edges, its last point the first again.
bool surely_simple(const double* coords, i64 edges) {
    const auto corner = [&](i64 i) { return Corner{coords[2 * i], coords[2 * i + 1]}; };
    for (i64 i = 0; i < edges; ++i) {
        const Corner a = corner(i), b = corner(i + 1);
        if (sure_side(a, b, corner(i + 1 < edges ? i + 2 : 1)) == 0) return false; // straight on, back, or no edge
        const i64 last = i == 0 ? edges - 1 : edges; // the last edge ends where the first begins
        for (i64 j = i + 2; j < last; ++j)
            if (!apart(a, b, corner(j), corner(j + 1))) return false;
    }
    return true;
}

} // namespace

bool sound_offsets(const i64* offsets, std::size_t size, i64 items, i64 least) {
    if (size < 1 || offsets[0] != 0 || offsets[size - 1] != items) return false;
    for (std::size_t i = 1; i < size; ++i) // the bounds first: hostile numbers must not overflow
        if (offsets[i] < 0 || offsets[i] > items || offsets[i] < offsets[i - 1] + least) return false;
    return true;
}

bool finite(const double* coords, std::size_t numbers) {
    double sum = 0;
    for (std::size_t i = 0; i < numbers; ++i) sum += coords[i] * 0; // nought, or not a number
    return sum == 0;
}

bool closed_rings(const double* coords, const i64* rings, std::size_t count) {
    bool closed = true;
    for (std::size_t r = 0; r < count; ++r) {
        const double *first = coords + 2 * rings[r], *last = coords + 2 * (rings[r + 1] - 1);
        closed &= first[0] == last[0] && first[1] == last[1];
    }
    return closed;
}

std::vector<std::uint8_t> surely_valid(const double* coords, const i64* rings, const i64* polygons,
                                       const i64* features, std::size_t count) {
    std::vector<std::uint8_t> sure(count);
    for (std::size_t f = 0; f < count; ++f) {
        const i64 polygon = features[f];
        if (features[f + 1] - polygon != 1 || polygons[polygon + 1] - polygons[polygon] != 1) continue;
        const i64 begin = rings[polygons[polygon]], points = rings[polygons[polygon] + 1] - begin;
        sure[f] = points >= 4 && points <= MOST_POINTS && surely_simple(coords + 2 * begin, points - 1);
    }
    return sure;
}

} // namespace spatialhub
