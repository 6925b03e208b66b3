#include "gather.hpp"

#include <algorithm>
#include <utility>

namespace spatialhub {

namespace {

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
