// The parts of one snapshot as they lie in its file, and the search among them.
#pragma once

#include "packed_tree.hpp"
#include "site_shape.hpp"

namespace spatialhub {

// Pointers into a memory map that somebody else keeps alive; see snapshot_format.py for what each array holds.
struct PartArrays {
    std::size_t count = 0;
    const i32* xy = nullptr;
    const i64* ring_starts = nullptr;
    const i64* part_rings = nullptr;
    const i64* origins = nullptr;
    const i32* groups = nullptr;
    const float* tree = nullptr;
    Point tree_origin{0, 0};
};

class Store {
  public:
    explicit Store(const PartArrays& arrays) : arrays_(arrays), levels_(tree_levels(arrays.count)) {}

    const PartArrays& arrays() const { return arrays_; }

    void expect() const; // a search will begin
    // Parts whose box, grown by `margin` units, meets the shape; ascending.
    std::vector<i64> search(const SiteShape& shape, i64 margin) const;
    // Parts whose box meets the box; ascending.
    std::vector<i64> search(const Box& box) const;

  private:
    template <typename Test> std::vector<i64> descend(const Test& test) const;
    Box box(std::size_t at) const;

    PartArrays arrays_;
    std::vector<i64> levels_;
};

} // namespace spatialhub
