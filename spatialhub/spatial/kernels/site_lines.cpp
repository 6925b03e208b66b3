#include "site_lines.hpp"

#include <algorithm>
#include <cmath>

namespace spatialhub {

namespace {

constexpr double UNITS_PER_METRE = 100'000;
constexpr double LARGEST_UNIT = 68'719'476'736.0 * 64; // 2^42 units: 44,000 km, beyond any plane

i64 to_unit(double metres) {
    const double units = std::nearbyint(metres * UNITS_PER_METRE);
    if (!(std::fabs(units) <= LARGEST_UNIT)) throw OutOfRange("a coordinate beyond any plane");
    return static_cast<i64>(units);
}

int turn(const Point* begin, const Point* end) {
    i128 doubled = 0;
    for (const Point* p = begin + 1; p + 1 < end; ++p) doubled += cross(*begin, *p, p[1]);
    return sign(doubled);
}

} // namespace

SiteLines site_lines(const PlainPolygons& polygons, const std::vector<i32>& part) {
    SiteLines lines;
    const std::size_t count = polygons.coords.size() / 2;
    lines.points.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double x = polygons.coords[2 * i], y = polygons.coords[2 * i + 1];
        lines.points.push_back({to_unit(x), to_unit(y)});
        if (i == 0) lines.xmin = lines.xmax = x, lines.ymin = lines.ymax = y;
        lines.xmin = std::min(lines.xmin, x), lines.xmax = std::max(lines.xmax, x);
        lines.ymin = std::min(lines.ymin, y), lines.ymax = std::max(lines.ymax, y);
    }
    lines.starts = polygons.rings;
    for (std::size_t polygon = 0; polygon + 1 < polygons.polygons.size(); ++polygon)
        for (i64 ring = polygons.polygons[polygon]; ring < polygons.polygons[polygon + 1]; ++ring) {
            Point* begin = lines.points.data() + polygons.rings[static_cast<std::size_t>(ring)];
            Point* end = lines.points.data() + polygons.rings[static_cast<std::size_t>(ring) + 1];
            const int wanted = ring == polygons.polygons[polygon] ? 1 : -1;
            if (turn(begin, end) == -wanted) std::reverse(begin, end);
            lines.part.push_back(part[polygon]);
        }
    return lines;
}

Rings SiteLines::rings(const RecordGrid& grid) const {
    const ToGrid to_grid(grid);
    Rings rings;
    rings.points.reserve(points.size());
    for (std::size_t ring = 0; ring < part.size(); ++ring) {
        for (i64 i = starts[ring]; i < starts[ring + 1]; ++i)
            rings.points.push_back(to_grid(points[static_cast<std::size_t>(i)].x, points[static_cast<std::size_t>(i)].y));
        rings.close(part[ring], 1);
    }
    return rings;
}

} // namespace spatialhub
