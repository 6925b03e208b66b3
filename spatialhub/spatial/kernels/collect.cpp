#include "collect.hpp"

namespace spatialhub {

namespace {

bool beyond_one_side(Point a, Point b, Point c, const Box& window) {
    return (a.x < window.xmin && b.x < window.xmin && c.x < window.xmin) ||
           (a.x > window.xmax && b.x > window.xmax && c.x > window.xmax) ||
           (a.y < window.ymin && b.y < window.ymin && c.y < window.ymin) ||
           (a.y > window.ymax && b.y > window.ymax && c.y > window.ymax);
}

} // namespace

void shorten(const Point* begin, const Point* end, const Box& window, std::vector<Point>& out) {
    if (begin == end) return;
    Point last = *begin;
    out.push_back(last);
    for (const Point* p = begin + 1; p < end; ++p) {
        if (p + 1 < end && beyond_one_side(last, *p, p[1], window)) continue;
        if (*p != last) out.push_back(*p);
        last = *p;
    }
}

namespace {

void collect_set(const RingSet& set, const Box& window, Vertices& vertices, EdgeTable& edges) {
    const Rings& rings = *set.rings;
    std::vector<Point> kept;
    for (std::size_t r = 0; r < rings.size(); ++r) {
        kept.clear();
        shorten(rings.points.data() + rings.starts[r], rings.points.data() + rings.starts[r + 1], window, kept);
        if (kept.size() < 3) continue; // a point, or there and back
        i32 previous = vertices.add(kept[0]);
        for (std::size_t k = 1; k < kept.size(); ++k) {
            const i32 next = vertices.add(kept[k]);
            const bool forward = kept[k - 1] < kept[k];
            const i32 edge = forward ? edges.add(previous, next) : edges.add(next, previous);
            edges.wind(edge, set.first + rings.labels[r], forward ? rings.turns[r] : -rings.turns[r]);
            previous = next;
        }
    }
}

} // namespace

Linework collect(const std::vector<RingSet>& sets, const Box& window) {
    std::size_t points = 0;
    for (const RingSet& set : sets) points += set.rings->points.size();
    Vertices vertices(points);
    EdgeTable edges(points);
    for (const RingSet& set : sets) collect_set(set, window, vertices, edges);
    Linework found;
    edges.compact(found.edges, found.starts, found.windings);
    found.vertices = std::move(vertices.points);
    return found;
}

} // namespace spatialhub
