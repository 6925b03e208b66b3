#include "gather.hpp"

#include <algorithm>
#include <utility>

namespace spatialhub {

namespace {

// From units of 1e-5 m to the record grid: 1e-5 as they are, 1e-4 rounded half up, for site and features alike.
class ToGrid {
  public:
    explicit ToGrid(const RecordGrid& grid) : origin_(grid.origin), coarse_(grid.per_metre == 10'000) {
        if (!coarse_ && grid.per_metre != 100'000) throw OutOfRange("the record grid is 1e-5 m or 1e-4 m");
    }
    Point operator()(i64 x, i64 y) const {
        if (coarse_) return {tenth(x) - origin_.x, tenth(y) - origin_.y};
        return {x - origin_.x, y - origin_.y};
    }
    // How far rounding to the grid can move two points towards each other, and the unit that the site itself may have
    // been rounded by.
    i64 margin() const { return coarse_ ? 11 : 1; }

  private:
    static i64 tenth(i64 value) {
        value += 5;
        return value / 10 - (value % 10 < 0 ? 1 : 0);
    }
    Point origin_;
    bool coarse_;
};

void reserve(const PartArrays& parts, const std::vector<std::pair<i32, i64>>& found, Rings& rings) {
    std::size_t points = rings.points.size(), count = rings.size();
    for (const auto& [group, part] : found) {
        const i64 first = parts.part_rings[part], last = parts.part_rings[part + 1];
        points += static_cast<std::size_t>(parts.ring_starts[last] - parts.ring_starts[first]);
        count += static_cast<std::size_t>(last - first);
    }
    rings.points.reserve(std::max(points, rings.points.capacity()));
    rings.starts.reserve(std::max(count + 1, rings.starts.capacity()));
    rings.labels.reserve(std::max(count, rings.labels.capacity()));
    rings.turns.reserve(std::max(count, rings.turns.capacity()));
}

void append(const PartArrays& parts, i64 part, const ToGrid& to_grid, i32 label, Rings& rings) {
    const i64 x = parts.origins[2 * part], y = parts.origins[2 * part + 1];
    for (i64 ring = parts.part_rings[part]; ring < parts.part_rings[part + 1]; ++ring) {
        for (i64 i = parts.ring_starts[ring]; i < parts.ring_starts[ring + 1]; ++i) {
            rings.points.push_back(to_grid(x + parts.xy[2 * i], y + parts.xy[2 * i + 1]));
        }
        rings.close(label, 1);
    }
}

} // namespace

Gathered gather(const std::vector<const Store*>& stores, const SiteShape& shape, const RecordGrid& grid,
                i32 first_label) {
    const ToGrid to_grid(grid);
    Gathered gathered;
    std::vector<std::pair<i32, i64>> found; // group, part
    for (std::size_t number = 0; number < stores.size(); ++number) {
        const PartArrays& parts = stores[number]->arrays();
        found.clear();
        for (const i64 part : stores[number]->search(shape, to_grid.margin())) found.emplace_back(parts.groups[part], part);
        std::sort(found.begin(), found.end());
        reserve(parts, found, gathered.rings);
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (i == 0 || found[i].first != found[i - 1].first) {
                gathered.label_store.push_back(static_cast<i32>(number));
                gathered.label_group.push_back(found[i].first);
            }
            const auto label = first_label + static_cast<i32>(gathered.label_store.size()) - 1;
            append(parts, found[i].second, to_grid, label, gathered.rings);
        }
        gathered.part_count += found.size();
    }
    return gathered;
}

} // namespace spatialhub
