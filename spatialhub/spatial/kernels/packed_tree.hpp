// A packed R-tree: boxes in a given order, sixteen to a node, levels one after the other, leaves first.
#pragma once

#include "basics.hpp"

namespace spatialhub {

constexpr std::size_t NODE_SIZE = 16;

struct PackedTree {
    std::vector<float> boxes;      // four numbers a box in units from the origin, rounded outward
    std::vector<i64> level_starts; // level l holds boxes level_starts[l] … level_starts[l + 1] - 1; the last is one box
};

// `boxes` int64, four numbers each. No box: no level.
PackedTree pack_tree(const i64* boxes, std::size_t count, Point origin);

// Where each level starts among `count` leaves and all that stands on them.
std::vector<i64> tree_levels(std::size_t count);

} // namespace spatialhub
