// Edges by place: grids of square cells, coarser for longer edges, that wrap around so that far outliers cost nothing.
#pragma once

#include "tables.hpp"

namespace spatialhub {

// One grid: every cell that an edge, grown by one unit to all sides, touches lists the edge.
class Level {
  public:
    Level(const Linework& lines, const std::vector<Box>& boxes, std::vector<i32>&& edges, int shift);
    std::size_t size() const { return starts_.size() - 1; }
    const i32* begin(std::size_t bucket) const { return listed_.data() + starts_[bucket]; }
    const i32* end(std::size_t bucket) const { return listed_.data() + starts_[bucket + 1]; }
    std::size_t at(Point p) const { return bucket(p.x >> shift_, p.y >> shift_); }
    const std::vector<i32>& edges() const { return edges_; } // each once
    // Every bucket that a box touches; one that stands for several cells may come more than once.
    template <typename Visit> void touched(const Box& box, Visit visit) const {
        for (i64 row = (box.ymin - 1) >> shift_; row <= (box.ymax + 1) >> shift_; ++row)
            for (i64 column = (box.xmin - 1) >> shift_; column <= (box.xmax + 1) >> shift_; ++column)
                visit(bucket(column, row));
    }

  private:
    std::size_t bucket(i64 column, i64 row) const {
        const std::size_t mask = (std::size_t{1} << bits_) - 1;
        return ((static_cast<std::size_t>(row) & mask) << bits_) | (static_cast<std::size_t>(column) & mask);
    }
    template <typename Visit> void cells(Point a, Point b, const Box& box, Visit visit) const;

    int shift_;    // a cell is 2^shift_ units wide
    int bits_ = 2; // 2^bits_ x 2^bits_ buckets
    std::vector<i32> edges_, starts_, listed_;
};

// All edges, each in the level whose cells suit its length: few edges a cell, few cells an edge, however lengths vary.
class Buckets {
  public:
    explicit Buckets(const Linework& lines);
    const std::vector<Level>& levels() const { return levels_; } // finest first
    const Box& box(i32 edge) const { return boxes_[edge]; }

  private:
    std::vector<Box> boxes_;
    std::vector<Level> levels_;
};

} // namespace spatialhub
