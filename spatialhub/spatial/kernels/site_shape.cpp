#include "site_shape.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spatialhub {

namespace {

constexpr std::size_t MOST_CELLS = 65'536;
constexpr std::size_t CELLS_PER_EDGE = 8;

i64 floor_div(i128 n, i128 d) { return static_cast<i64>(n / d - (n % d < 0 ? 1 : 0)); }

// Lists per bin from pairs (bin, value), values in the order given.
void to_lists(const std::vector<std::pair<i32, i32>>& pairs, std::size_t bins, std::vector<i32>& starts,
              std::vector<i32>& values) {
    starts.assign(bins + 1, 0);
    for (const auto& pair : pairs) ++starts[static_cast<std::size_t>(pair.first) + 1];
    for (std::size_t i = 0; i < bins; ++i) starts[i + 1] += starts[i];
    values.resize(pairs.size());
    std::vector<i32> next(starts.begin(), starts.end() - 1);
    for (const auto& pair : pairs) values[static_cast<std::size_t>(next[static_cast<std::size_t>(pair.first)]++)] = pair.second;
}

} // namespace

SiteShape::SiteShape(std::vector<Point> points, const std::vector<i64>& starts, std::size_t fewest_cells) {
    for (std::size_t ring = 0; ring + 1 < starts.size(); ++ring) {
        for (auto i = static_cast<std::size_t>(starts[ring]); i + 1 < static_cast<std::size_t>(starts[ring + 1]); ++i) {
            if (points[i] == points[i + 1]) continue;
            from_.push_back(points[i]);
            to_.push_back(points[i + 1]);
        }
    }
    if (from_.empty()) return;
    bounds_ = {from_[0].x, from_[0].y, from_[0].x, from_[0].y};
    for (const Point& p : from_) {
        bounds_ = {std::min(bounds_.xmin, p.x), std::min(bounds_.ymin, p.y), std::max(bounds_.xmax, p.x),
                   std::max(bounds_.ymax, p.y)};
    }
    choose_cells(from_.size(), std::min(fewest_cells, MOST_CELLS));
    classify();
}

void SiteShape::choose_cells(std::size_t edges, std::size_t fewest_cells) {
    const auto cells = static_cast<double>(std::clamp(edges * CELLS_PER_EDGE, fewest_cells, MOST_CELLS));
    const i64 width = bounds_.xmax - bounds_.xmin + 1, height = bounds_.ymax - bounds_.ymin + 1;
    const double side = std::sqrt(static_cast<double>(width) * static_cast<double>(height) / cells);
    const auto fitting = [&](i64 length) { // never more than `cells` of them: a row of cells for the thinnest site
        return std::clamp(static_cast<i64>(static_cast<double>(length) / side), i64{1}, static_cast<i64>(cells));
    };
    width_ = (width - 1) / fitting(width) + 1;
    height_ = (height - 1) / fitting(height) + 1;
    columns_ = (width - 1) / width_ + 1;
    rows_ = (height - 1) / height_ + 1;
}

void SiteShape::classify() {
    std::vector<std::pair<i32, i32>> of_cell, of_row;
    for (std::size_t edge = 0; edge < from_.size(); ++edge) {
        Point low = from_[edge], high = to_[edge];
        if (high.y < low.y) std::swap(low, high);
        for (i64 r = row(low.y); r <= row(high.y); ++r) {
            of_row.emplace_back(static_cast<i32>(r), static_cast<i32>(edge));
            i64 left = std::min(low.x, high.x), right = std::max(low.x, high.x);
            if (low.y != high.y) { // the stretch of the edge between this row's bottom and the next one's
                const i64 bottom = std::max(low.y, bounds_.ymin + r * height_);
                const i64 top = std::min(high.y, bounds_.ymin + (r + 1) * height_);
                const i128 run = high.x - low.x, rise = high.y - low.y;
                const i128 at_bottom = run * (bottom - low.y), at_top = run * (top - low.y);
                left = std::max(left, low.x + floor_div(std::min(at_bottom, at_top), rise));
                right = std::min(right, low.x + floor_div(std::max(at_bottom, at_top), rise));
            }
            for (i64 c = column(left); c <= column(right); ++c) {
                of_cell.emplace_back(static_cast<i32>(cell(c, r)), static_cast<i32>(edge));
            }
        }
    }
    const std::size_t cells = static_cast<std::size_t>(columns_ * rows_);
    to_lists(of_cell, cells, cell_start_, cell_edges_);
    to_lists(of_row, static_cast<std::size_t>(rows_), row_start_, row_edges_);

    inside_.assign(cells, 0);
    const std::size_t stride = static_cast<std::size_t>(columns_) + 1;
    touched_sums_.assign(stride * (static_cast<std::size_t>(rows_) + 1), 0);
    inside_sums_ = touched_sums_;
    for (i64 r = 0; r < rows_; ++r) {
        bool known = false, inside = false; // of the cell before: no edge between, so the same
        int touched_in_row = 0, inside_in_row = 0;
        for (i64 c = 0; c < columns_; ++c) {
            const std::size_t at = cell(c, r);
            const bool crossed = cell_start_[at] != cell_start_[at + 1];
            if (crossed) {
                known = false;
            } else {
                if (!known) inside = holds({bounds_.xmin + c * width_, bounds_.ymin + r * height_});
                known = true;
                inside_[at] = inside;
            }
            touched_in_row += crossed || inside_[at];
            inside_in_row += inside_[at];
            const std::size_t sum = static_cast<std::size_t>(r + 1) * stride + static_cast<std::size_t>(c) + 1;
            touched_sums_[sum] = touched_sums_[sum - stride] + touched_in_row;
            inside_sums_[sum] = inside_sums_[sum - stride] + inside_in_row;
        }
    }
}

SiteShape::Cells SiteShape::cells_of(const Box& box) const {
    return {column(std::max(box.xmin, bounds_.xmin)), row(std::max(box.ymin, bounds_.ymin)),
            column(std::min(box.xmax, bounds_.xmax)), row(std::min(box.ymax, bounds_.ymax))};
}

// Cells that lie in the box altogether: an edge listed there meets the box for certain.
SiteShape::Cells SiteShape::cells_within(const Box& box) const {
    const auto first = [](i64 from, i64 start, i64 size) { return from <= start ? 0 : (from - start + size - 1) / size; };
    const auto last = [](i64 to, i64 start, i64 size, i64 end, i64 cells) {
        return to >= end ? cells - 1 : (to - start) / size - 1;
    };
    return {first(box.xmin, bounds_.xmin, width_), first(box.ymin, bounds_.ymin, height_),
            last(box.xmax, bounds_.xmin, width_, bounds_.xmax, columns_),
            last(box.ymax, bounds_.ymin, height_, bounds_.ymax, rows_)};
}

int SiteShape::count(const std::vector<int>& sums, const Cells& cells) const {
    if (cells.left > cells.right || cells.bottom > cells.top) return 0;
    const auto at = [&](i64 column, i64 row) { return sums[static_cast<std::size_t>(row * (columns_ + 1) + column)]; };
    return at(cells.right + 1, cells.top + 1) - at(cells.left, cells.top + 1) - at(cells.right + 1, cells.bottom) +
           at(cells.left, cells.bottom);
}

Relation SiteShape::relation(const Box& box) const {
    if (from_.empty() || !box.meets(bounds_)) return Relation::outside;
    const Cells cells = cells_of(box);
    if (count(touched_sums_, cells) == 0) return Relation::outside;
    const int inside = count(inside_sums_, cells);
    const i64 all = (cells.right - cells.left + 1) * (cells.top - cells.bottom + 1);
    if (inside == all) {
        const bool wholly = bounds_.xmin <= box.xmin && box.xmax <= bounds_.xmax && bounds_.ymin <= box.ymin &&
                            box.ymax <= bounds_.ymax;
        return wholly ? Relation::inside : Relation::meets;
    }
    if (inside > 0 || count(touched_sums_, cells_within(box)) > 0) return Relation::meets;
    if (any_edge_meets(cells, box)) return Relation::meets;
    return decide(cells, box) ? Relation::meets : Relation::outside;
}

bool SiteShape::any_edge_meets(const Cells& cells, const Box& box) const {
    for (i64 r = cells.bottom; r <= cells.top; ++r) {
        for (std::size_t at = cell(cells.left, r); at <= cell(cells.right, r); ++at) {
            for (i32 i = cell_start_[at]; i < cell_start_[at + 1]; ++i) {
                if (edge_meets(static_cast<std::size_t>(cell_edges_[static_cast<std::size_t>(i)]), box)) return true;
            }
        }
    }
    return false;
}

bool SiteShape::edge_meets(std::size_t edge, const Box& box) const {
    const Point a = from_[edge], b = to_[edge];
    if (std::max(a.x, b.x) < box.xmin || box.xmax < std::min(a.x, b.x)) return false;
    if (std::max(a.y, b.y) < box.ymin || box.ymax < std::min(a.y, b.y)) return false;
    // The two corners farthest to either side of the edge's line: it passes between them or touches one.
    const bool rising = (b.x > a.x) == (b.y > a.y);
    const Point one = rising ? Point{box.xmin, box.ymax} : Point{box.xmin, box.ymin};
    const Point other = rising ? Point{box.xmax, box.ymin} : Point{box.xmax, box.ymax};
    return sign(spatialhub::cross(a, b, one)) * sign(spatialhub::cross(a, b, other)) <= 0;
}

// No edge meets the box: it lies altogether inside or outside, as any cell without edges says, else its corner.
bool SiteShape::decide(const Cells& cells, const Box& box) const {
    for (i64 r = cells.bottom; r <= cells.top; ++r) {
        for (std::size_t at = cell(cells.left, r); at <= cell(cells.right, r); ++at) {
            if (cell_start_[at] == cell_start_[at + 1]) return false; // an inside one was seen before
        }
    }
    return holds({box.xmin, box.ymin});
}

// Winding number of a point on no edge, by a ray to the left among the edges of its row of cells.
bool SiteShape::holds(Point point) const {
    if (!bounds_.meets({point.x, point.y, point.x, point.y})) return false;
    int winding = 0;
    const auto at = static_cast<std::size_t>(row(point.y));
    for (i32 i = row_start_[at]; i < row_start_[at + 1]; ++i) {
        const auto edge = static_cast<std::size_t>(row_edges_[static_cast<std::size_t>(i)]);
        const Point a = from_[edge], b = to_[edge];
        if ((a.y <= point.y) == (b.y <= point.y)) continue;
        const int side = sign(spatialhub::cross(a, b, point));
        if (b.y > a.y && side < 0) ++winding; // upward, the point to its right
        if (b.y < a.y && side > 0) --winding;
    }
    return winding != 0;
}

} // namespace spatialhub
