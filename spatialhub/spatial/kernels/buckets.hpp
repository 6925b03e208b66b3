// Edges by place: a uniform grid of square cells that wraps around, so that far outliers cost nothing.
#pragma once

#include "tables.hpp"

namespace spatialhub {

// Which edges come near a place. Every cell that an edge, grown by one unit to all sides, touches lists the edge.
class Buckets {
  public:
    explicit Buckets(const Linework& lines);
    std::size_t size() const { return starts_.size() - 1; }
    const i32* begin(std::size_t bucket) const { return edges_.data() + starts_[bucket]; }
    const i32* end(std::size_t bucket) const { return edges_.data() + starts_[bucket + 1]; }
    std::size_t at(Point p) const { return bucket(p.x >> shift_, p.y >> shift_); }
    const Box& box(i32 edge) const { return boxes_[edge]; }

  private:
    std::size_t bucket(i64 column, i64 row) const {
        const std::size_t mask = (std::size_t{1} << bits_) - 1;
        return ((static_cast<std::size_t>(row) & mask) << bits_) | (static_cast<std::size_t>(column) & mask);
    }
    template <typename Visit> void cells(const Linework& lines, i32 edge, Visit visit) const;

    int shift_ = 0; // a cell is 2^shift_ units wide
    int bits_ = 0;  // 2^bits_ x 2^bits_ buckets
    std::vector<Box> boxes_;
    std::vector<i32> starts_, edges_;
};

} // namespace spatialhub
