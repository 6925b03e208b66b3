#include "gather.hpp"

#include "prefetch.hpp"

#include <algorithm>
#include <tuple>

namespace spatialhub {

namespace {

constexpr std::size_t AHEAD = 64; // coordinates of a part that are asked for; the rest follows in line

struct FoundPart {
    i32 store, group;
    i64 part;
};

// Parts of all stores, by store and group. What is read of each next is asked for meanwhile.
std::vector<FoundPart> find(const std::vector<const Store*>& stores, const SiteShape& shape, i64 margin) {
    std::vector<FoundPart> found;
    for (const Store* store : stores) store->expect();
    for (std::size_t number = 0; number < stores.size(); ++number) {
        const PartArrays& parts = stores[number]->arrays();
        for (const i64 part : stores[number]->search(shape, margin)) {
            prefetch(parts.groups + part, 1);
            prefetch(parts.part_rings + part, 2);
            prefetch(parts.origins + 2 * part, 2);
            found.push_back({static_cast<i32>(number), 0, part});
        }
    }
    for (FoundPart& one : found) {
        const PartArrays& parts = stores[static_cast<std::size_t>(one.store)]->arrays();
        one.group = parts.groups[one.part];
        prefetch(parts.ring_starts + parts.part_rings[one.part], 2);
    }
    std::sort(found.begin(), found.end(), [](const FoundPart& a, const FoundPart& b) {
        return std::tie(a.store, a.group, a.part) < std::tie(b.store, b.group, b.part);
    });
    return found;
}

void reserve(const std::vector<const Store*>& stores, const std::vector<FoundPart>& found, Rings& rings) {
    std::size_t points = 0, count = 0;
    for (const FoundPart& one : found) {
        const PartArrays& parts = stores[static_cast<std::size_t>(one.store)]->arrays();
        const i64 first = parts.part_rings[one.part], last = parts.part_rings[one.part + 1];
        const i64 begin = parts.ring_starts[first], end = parts.ring_starts[last];
        prefetch(parts.xy + 2 * begin, std::min<std::size_t>(AHEAD, 2 * static_cast<std::size_t>(end - begin)));
        points += static_cast<std::size_t>(end - begin);
        count += static_cast<std::size_t>(last - first);
    }
    rings.points.reserve(points);
    rings.starts.reserve(count + 1);
    rings.labels.reserve(count);
    rings.turns.reserve(count);
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
    const std::vector<FoundPart> found = find(stores, shape, to_grid.margin());
    Gathered gathered;
    reserve(stores, found, gathered.rings);
    for (std::size_t i = 0; i < found.size(); ++i) {
        const FoundPart& one = found[i];
        if (i == 0 || one.group != found[i - 1].group || one.store != found[i - 1].store) {
            gathered.label_store.push_back(one.store);
            gathered.label_group.push_back(one.group);
        }
        const auto label = first_label + static_cast<i32>(gathered.label_store.size()) - 1;
        append(stores[static_cast<std::size_t>(one.store)]->arrays(), one.part, to_grid, label, gathered.rings);
    }
    gathered.part_count = found.size();
    return gathered;
}

} // namespace spatialhub
