// What many snapshots have near a site, as one set of labelled rings on the check's grid.
#pragma once

#include "record_grid.hpp"
#include "store.hpp"

namespace spatialhub {

// Label first_label + i belongs to group label_group[i] (the first row of a feature) of store label_store[i]; labels
// ascend by store, then by group.
struct Gathered {
    Rings rings;
    std::vector<i32> label_store;
    std::vector<i64> label_group;
    std::size_t part_count = 0;
};

Gathered gather(const std::vector<const Store*>& stores, const SiteShape& shape, const RecordGrid& grid,
                i32 first_label);

} // namespace spatialhub
