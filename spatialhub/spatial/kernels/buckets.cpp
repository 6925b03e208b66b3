#include "buckets.hpp"

#include <cmath>

namespace spatialhub {

namespace {

constexpr int LEVEL_BITS = 4;  // a level's cells are 16 times as wide as the finer one's
constexpr i64 MOST_CELLS = 4;  // an edge longer than this many cells belongs to a coarser level

std::vector<Box> boxes_of(const Linework& lines) {
    std::vector<Box> boxes;
    boxes.reserve(lines.edges.size());
    for (const Edge& edge : lines.edges) {
        const Point a = lines.vertices[edge.from], b = lines.vertices[edge.to]; // a.x <= b.x: from is the lesser
        boxes.push_back({a.x, std::min(a.y, b.y), b.x, std::max(a.y, b.y)});
    }
    return boxes;
}

i64 extent(const Box& box) { return std::max(box.xmax - box.xmin, box.ymax - box.ymin); }

// The finest cell is about as wide as half of the edges are long.
int finest_shift(const std::vector<Box>& boxes) {
    std::vector<i64> extents;
    extents.reserve(boxes.size());
    for (const Box& box : boxes) extents.push_back(extent(box));
    const auto middle = extents.begin() + static_cast<std::ptrdiff_t>(extents.size() / 2);
    std::nth_element(extents.begin(), middle, extents.end());
    int shift = 2;
    while ((i64{1} << shift) < *middle) ++shift;
    return shift;
}

} // namespace

// Row by row; in a row the columns that the edge crosses there, a little more rather than less.
template <typename Visit> void Level::cells(Point a, Point b, const Box& box, Visit visit) const {
    const i64 left = (box.xmin - 1) >> shift_, right = (box.xmax + 1) >> shift_;
    const i64 low = (box.ymin - 1) >> shift_, high = (box.ymax + 1) >> shift_;
    const bool slanted = right - left > 1 && high > low;
    const double slope = slanted ? static_cast<double>(b.x - a.x) / static_cast<double>(b.y - a.y) : 0.0;
    const i64 width = i64{1} << shift_;
    for (i64 row = low; row <= high; ++row) {
        i64 first = left, last = right;
        if (slanted && a.y != b.y) {
            double x0 = static_cast<double>(a.x) + slope * static_cast<double>(row * width - 2 - a.y);
            double x1 = static_cast<double>(a.x) + slope * static_cast<double>((row + 1) * width + 2 - a.y);
            if (x0 > x1) std::swap(x0, x1);
            first = std::max(left, static_cast<i64>(std::floor(std::max(x0, -4e18) - 3)) >> shift_);
            last = std::min(right, static_cast<i64>(std::floor(std::min(x1, 4e18) + 3)) >> shift_);
        }
        for (i64 column = first; column <= last; ++column) visit(bucket(column, row));
    }
}

Level::Level(const Linework& lines, const std::vector<Box>& boxes, std::vector<i32>&& edges, int shift)
    : shift_(shift), edges_(std::move(edges)) {
    while ((std::size_t{1} << (2 * bits_)) < 2 * edges_.size()) ++bits_;
    std::vector<std::pair<i32, i32>> entries; // bucket, edge
    entries.reserve(3 * edges_.size());
    starts_.assign((std::size_t{1} << (2 * bits_)) + 1, 0);
    for (const i32 e : edges_)
        cells(lines.vertices[lines.edges[e].from], lines.vertices[lines.edges[e].to], boxes[e], [&](std::size_t b) {
            ++starts_[b + 1];
            entries.push_back({static_cast<i32>(b), e});
        });
    for (std::size_t b = 1; b < starts_.size(); ++b) starts_[b] += starts_[b - 1];
    listed_.resize(entries.size());
    std::vector<i32> next(starts_.begin(), starts_.end() - 1);
    for (const auto& entry : entries) listed_[next[entry.first]++] = entry.second;
}

Buckets::Buckets(const Linework& lines) : boxes_(boxes_of(lines)) {
    if (boxes_.empty()) return;
    std::vector<std::vector<i32>> by_level;
    const int finest = finest_shift(boxes_);
    for (i32 e = 0; e < static_cast<i32>(boxes_.size()); ++e) {
        std::size_t level = 0;
        while (extent(boxes_[e]) >> (finest + LEVEL_BITS * static_cast<int>(level)) > MOST_CELLS) ++level;
        if (by_level.size() <= level) by_level.resize(level + 1);
        by_level[level].push_back(e);
    }
    for (std::size_t level = 0; level < by_level.size(); ++level)
        if (!by_level[level].empty())
            levels_.emplace_back(lines, boxes_, std::move(by_level[level]),
                                 finest + LEVEL_BITS * static_cast<int>(level));
}

} // namespace spatialhub
