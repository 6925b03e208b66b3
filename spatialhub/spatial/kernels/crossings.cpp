#include "crossings.hpp"

namespace spatialhub {

namespace {

// floor(n / d + 1/2), d > 0
i64 rounded_quotient(i128 n, i128 d) {
    const i128 twice = 2 * n + d, divisor = 2 * d;
    i128 quotient = twice / divisor;
    if (twice % divisor < 0) --quotient;
    return static_cast<i64>(quotient);
}

} // namespace

bool proper_crossing(Point a, Point b, Point c, Point d, Point& rounded) {
    const int c_side = sign(cross(a, b, c)), d_side = sign(cross(a, b, d));
    if (c_side * d_side >= 0) return false;
    i128 above = cross(c, d, a);
    const i128 below = cross(c, d, b);
    if (sign(above) * sign(below) >= 0) return false;
    i128 span = above - below; // the crossing divides a-b at above / span
    if (span < 0) {
        span = -span;
        above = -above;
    }
    rounded = {a.x + rounded_quotient(above * (b.x - a.x), span), a.y + rounded_quotient(above * (b.y - a.y), span)};
    return true;
}

std::vector<Crossing> crossings(const Linework& lines, const Buckets& buckets) {
    std::vector<Crossing> found;
    for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
        for (const i32* i = buckets.begin(bucket); i != buckets.end(bucket); ++i) {
            const Box box = buckets.box(*i);
            const Edge e = lines.edges[*i];
            for (const i32* j = i + 1; j != buckets.end(bucket); ++j) {
                if (!box.meets(buckets.box(*j))) continue;
                const Edge f = lines.edges[*j];
                if (e.from == f.from || e.from == f.to || e.to == f.from || e.to == f.to) continue;
                Point at;
                if (proper_crossing(lines.vertices[e.from], lines.vertices[e.to], lines.vertices[f.from],
                                    lines.vertices[f.to], at))
                    found.push_back({*i, *j, at});
            }
        }
    }
    return found;
}

} // namespace spatialhub
