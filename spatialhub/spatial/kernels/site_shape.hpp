// Does a box meet the site? Exact, and quick for any number of boxes, however long and thin the site is.
#pragma once

#include "basics.hpp"

namespace spatialhub {

enum class Relation { outside, meets, inside };

// The site on a raster over its box: a cell is outside, inside, or crossed by edges, which it lists. The raster only says
// where to look; what counts is decided on integers.
class SiteShape {
  public:
    // Closed rings in units of 1e-5 m, shells counterclockwise, holes clockwise (points of ring r: starts[r] …
    // starts[r + 1] - 1). Parts of the site may overlap: inside is where the winding number is not 0.
    // `fewest_cells` of the raster: more of them for what is asked often, so that fewer boxes are left to edges.
    SiteShape(std::vector<Point> points, const std::vector<i64>& starts, std::size_t fewest_cells = 64);

    // Whether the closed box shares a point with the closed site. `inside` is said only where the raster shows it.
    Relation relation(const Box& box) const;
    bool meets(const Box& box) const { return relation(box) != Relation::outside; }
    const Box& bounds() const { return bounds_; }

  private:
    struct Cells { // a range of cells, inclusive
        i64 left, bottom, right, top;
    };

    void choose_cells(std::size_t edges, std::size_t fewest_cells);
    void classify();
    i64 column(i64 x) const { return (x - bounds_.xmin) / width_; }
    i64 row(i64 y) const { return (y - bounds_.ymin) / height_; }
    std::size_t cell(i64 column, i64 row) const { return static_cast<std::size_t>(row * columns_ + column); }
    Cells cells_of(const Box& box) const;
    Cells cells_within(const Box& box) const;
    int count(const std::vector<int>& sums, const Cells& cells) const;
    bool any_edge_meets(const Cells& cells, const Box& box) const;
    bool edge_meets(std::size_t edge, const Box& box) const;
    bool holds(Point point) const;
    bool decide(const Cells& cells, const Box& box) const;

    Box bounds_{0, 0, -1, -1};
    std::vector<Point> from_, to_; // edges
    i64 columns_ = 0, rows_ = 0, width_ = 1, height_ = 1;
    std::vector<i32> cell_start_, cell_edges_; // edges of each cell
    std::vector<i32> row_start_, row_edges_;   // edges of each row of cells
    std::vector<char> inside_;                 // cells without edges that lie inside
    std::vector<int> touched_sums_, inside_sums_;
};

} // namespace spatialhub
