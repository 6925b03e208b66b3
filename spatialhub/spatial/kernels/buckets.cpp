#include "buckets.hpp"

#include <cmath>

namespace spatialhub {

namespace {

constexpr double CELL_PER_EDGE = 1.5; // cell width over mean edge extent: few edges a cell, few cells an edge

std::vector<Box> boxes_of(const Linework& lines) {
    std::vector<Box> boxes;
    boxes.reserve(lines.edges.size());
    for (const Edge& edge : lines.edges) {
        const Point a = lines.vertices[edge.from], b = lines.vertices[edge.to]; // a.x <= b.x: from is the lesser
        boxes.push_back({a.x, std::min(a.y, b.y), b.x, std::max(a.y, b.y)});
    }
    return boxes;
}

int shift_for(const std::vector<Box>& boxes) {
    double total = 0;
    for (const Box& box : boxes) total += static_cast<double>(std::max(box.xmax - box.xmin, box.ymax - box.ymin));
    const double wanted = CELL_PER_EDGE * total / static_cast<double>(std::max<std::size_t>(boxes.size(), 1));
    int shift = 2;
    while (static_cast<double>(i64{1} << shift) < wanted) ++shift;
    return shift;
}

} // namespace

// Row by row; in a row the columns that the edge crosses there, a little more rather than less.
template <typename Visit> void Buckets::cells(const Linework& lines, i32 edge, Visit visit) const {
    const Box& box = boxes_[edge];
    const i64 left = (box.xmin - 1) >> shift_, right = (box.xmax + 1) >> shift_;
    const i64 low = (box.ymin - 1) >> shift_, high = (box.ymax + 1) >> shift_;
    const Point a = lines.vertices[lines.edges[edge].from], b = lines.vertices[lines.edges[edge].to];
    const bool slanted = right > left && high > low;
    const double slope = slanted ? static_cast<double>(b.x - a.x) / static_cast<double>(b.y - a.y) : 0.0;
    for (i64 row = low; row <= high; ++row) {
        i64 first = left, last = right;
        if (slanted) {
            double x0 = static_cast<double>(a.x) + slope * static_cast<double>((row << shift_) - 2 - a.y);
            double x1 = static_cast<double>(a.x) + slope * static_cast<double>(((row + 1) << shift_) + 2 - a.y);
            if (x0 > x1) std::swap(x0, x1);
            first = std::max(left, static_cast<i64>(std::floor(std::max(x0, -4e18) - 3)) >> shift_);
            last = std::min(right, static_cast<i64>(std::floor(std::min(x1, 4e18) + 3)) >> shift_);
        }
        for (i64 column = first; column <= last; ++column) visit(bucket(column, row));
    }
}

Buckets::Buckets(const Linework& lines) : boxes_(boxes_of(lines)) {
    shift_ = shift_for(boxes_);
    bits_ = 3;
    while ((std::size_t{1} << (2 * bits_)) < 2 * lines.edges.size()) ++bits_;
    starts_.assign((std::size_t{1} << (2 * bits_)) + 1, 0);
    const i32 count = static_cast<i32>(lines.edges.size());
    for (i32 e = 0; e < count; ++e) cells(lines, e, [&](std::size_t bucket) { ++starts_[bucket + 1]; });
    for (std::size_t b = 1; b < starts_.size(); ++b) starts_[b] += starts_[b - 1];
    edges_.resize(static_cast<std::size_t>(starts_.back()));
    std::vector<i32> next(starts_.begin(), starts_.end() - 1);
    for (i32 e = 0; e < count; ++e) cells(lines, e, [&](std::size_t bucket) { edges_[next[bucket]++] = e; });
}

} // namespace spatialhub
