#include "crossings.hpp"

#include <cmath>

namespace spatialhub {

namespace {

// floor(n / d + 1/2), d > 0; the quotient is a coordinate, so that a float comes within one of it.
i64 rounded_quotient(i128 n, i128 d) {
    i64 quotient = static_cast<i64>(std::floor(static_cast<double>(n) / static_cast<double>(d) + 0.5));
    i128 rest = 2 * n + d - 2 * d * quotient; // 0 <= rest < 2 d where the quotient is right
    for (; rest < 0; rest += 2 * d) --quotient;
    for (; rest >= 2 * d; rest -= 2 * d) ++quotient;
    return quotient;
}

// Takes crossings of pairs of edges, in the bucket that holds the rounded point.
class Finder {
  public:
    explicit Finder(const Linework& lines, const Buckets& buckets) : lines_(lines), buckets_(buckets) {}

    void pair(i32 first, i32 second, const Level& level, std::size_t bucket) {
        if (!buckets_.box(first).meets(buckets_.box(second))) return;
        const Edge e = lines_.edges[first], f = lines_.edges[second];
        if (e.from == f.from || e.from == f.to || e.to == f.from || e.to == f.to) return;
        Point at;
        if (proper_crossing(lines_.vertices[e.from], lines_.vertices[e.to], lines_.vertices[f.from],
                            lines_.vertices[f.to], at) &&
            level.at(at) == bucket)
            found.push_back(at);
    }
    void within(const Level& level) {
        for (std::size_t bucket = 0; bucket < level.size(); ++bucket)
            for (const i32* i = level.begin(bucket); i != level.end(bucket); ++i)
                for (const i32* j = i + 1; j != level.end(bucket); ++j) pair(*i, *j, level, bucket);
    }
    void between(const Level& fine, const Level& coarse) {
        for (const i32 edge : fine.edges())
            coarse.touched(buckets_.box(edge), [&](std::size_t bucket) {
                for (const i32* j = coarse.begin(bucket); j != coarse.end(bucket); ++j) pair(edge, *j, coarse, bucket);
            });
    }
    std::vector<Point> found;

  private:
    const Linework& lines_;
    const Buckets& buckets_;
};

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

std::vector<Point> crossings(const Linework& lines, const Buckets& buckets) {
    Finder finder(lines, buckets);
    const std::vector<Level>& levels = buckets.levels();
    for (std::size_t fine = 0; fine < levels.size(); ++fine) {
        finder.within(levels[fine]);
        for (std::size_t coarse = fine + 1; coarse < levels.size(); ++coarse)
            finder.between(levels[fine], levels[coarse]);
    }
    return std::move(finder.found);
}

} // namespace spatialhub
