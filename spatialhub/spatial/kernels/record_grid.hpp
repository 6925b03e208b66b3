// From units of 1e-5 m, in which coordinates are kept, to the record grid of a check.
#pragma once

#include "basics.hpp"

namespace spatialhub {

// The record grid of a check: 100,000 or 10,000 units a metre, counted from `origin` (in these units).
struct RecordGrid {
    int per_metre;
    Point origin;
};

// 1e-5 m as they are, 1e-4 rounded half up, for site and features alike.
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

} // namespace spatialhub
