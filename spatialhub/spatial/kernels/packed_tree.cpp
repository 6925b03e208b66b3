#include "packed_tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spatialhub {

namespace {

constexpr float INF = std::numeric_limits<float>::infinity();

float at_most(i64 value) {
    const auto near = static_cast<float>(value);
    return static_cast<double>(near) > static_cast<double>(value) ? std::nextafterf(near, -INF) : near;
}

float at_least(i64 value) {
    const auto near = static_cast<float>(value);
    return static_cast<double>(near) < static_cast<double>(value) ? std::nextafterf(near, INF) : near;
}

} // namespace

std::vector<i64> tree_levels(std::size_t count) {
    std::vector<i64> starts{0};
    if (count == 0) return starts;
    for (std::size_t level = count;; level = (level + NODE_SIZE - 1) / NODE_SIZE) {
        starts.push_back(starts.back() + static_cast<i64>(level));
        if (level == 1) return starts;
    }
}

PackedTree pack_tree(const i64* boxes, std::size_t count, Point origin) {
    PackedTree tree;
    tree.level_starts = tree_levels(count);
    tree.boxes.reserve(4 * static_cast<std::size_t>(tree.level_starts.back()));
    for (std::size_t i = 0; i < count; ++i) {
        const i64* box = boxes + 4 * i;
        tree.boxes.push_back(at_most(box[0] - origin.x));
        tree.boxes.push_back(at_most(box[1] - origin.y));
        tree.boxes.push_back(at_least(box[2] - origin.x));
        tree.boxes.push_back(at_least(box[3] - origin.y));
    }
    for (std::size_t level = 1; level + 1 < tree.level_starts.size(); ++level) {
        const auto below = static_cast<std::size_t>(tree.level_starts[level - 1]);
        const auto end = static_cast<std::size_t>(tree.level_starts[level]);
        for (std::size_t first = below; first < end; first += NODE_SIZE) {
            float node[] = {INF, INF, -INF, -INF};
            for (std::size_t child = first; child < std::min(first + NODE_SIZE, end); ++child) {
                for (std::size_t axis = 0; axis < 2; ++axis) {
                    node[axis] = std::min(node[axis], tree.boxes[4 * child + axis]);
                    node[axis + 2] = std::max(node[axis + 2], tree.boxes[4 * child + axis + 2]);
                }
            }
            tree.boxes.insert(tree.boxes.end(), node, node + 4);
        }
    }
    return tree;
}

} // namespace spatialhub
