#include "store.hpp"

#include "prefetch.hpp"

#include <algorithm>
#include <utility>

namespace spatialhub {

Box Store::box(std::size_t at) const {
    const float* box = arrays_.tree + 4 * at; // whole numbers: nothing is rounded here
    return {static_cast<i64>(box[0]) + arrays_.tree_origin.x, static_cast<i64>(box[1]) + arrays_.tree_origin.y,
            static_cast<i64>(box[2]) + arrays_.tree_origin.x, static_cast<i64>(box[3]) + arrays_.tree_origin.y};
}

// Level by level, so that the answer ascends. Below a box that lies inside nothing needs a test.
template <typename Test> std::vector<i64> Store::descend(const Test& test) const {
    std::vector<i64> found;
    if (arrays_.count == 0) return found;
    std::vector<std::pair<i64, bool>> level{{0, false}}, below; // place in its level, and whether it lies inside
    for (std::size_t depth = levels_.size() - 1; depth-- > 0;) {
        const i64 end = depth == 0 ? 0 : levels_[depth] - levels_[depth - 1];
        below.clear();
        for (auto [at, inside] : level) {
            if (!inside) {
                const Relation relation = test(box(static_cast<std::size_t>(levels_[depth] + at)));
                if (relation == Relation::outside) continue;
                inside = relation == Relation::inside;
            }
            if (depth == 0) {
                found.push_back(at);
                continue;
            }
            const i64 first = at * static_cast<i64>(NODE_SIZE);
            const i64 last = std::min(first + static_cast<i64>(NODE_SIZE), end);
            for (i64 child = first; child < last; ++child) below.emplace_back(child, inside);
            if (!inside) prefetch(arrays_.tree + 4 * (levels_[depth - 1] + first), 4 * static_cast<std::size_t>(last - first));
        }
        std::swap(level, below);
    }
    return found;
}

void Store::expect() const {
    const std::size_t last = levels_.size() < 3 ? 0 : levels_.size() - 3; // the level below the root
    const auto first = static_cast<std::size_t>(levels_[last]);
    prefetch(arrays_.tree + 4 * first, 4 * (static_cast<std::size_t>(levels_.back()) - first));
}

std::vector<i64> Store::search(const SiteShape& shape, i64 margin) const {
    return descend([&](const Box& box) {
        return shape.relation({box.xmin - margin, box.ymin - margin, box.xmax + margin, box.ymax + margin});
    });
}

std::vector<i64> Store::search(const Box& wanted) const {
    return descend([&](const Box& box) { return box.meets(wanted) ? Relation::meets : Relation::outside; });
}

} // namespace spatialhub
