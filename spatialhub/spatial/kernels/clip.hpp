// Rings cut by an axis-parallel line: what a giant is split with.
#pragma once

#include "basics.hpp"

namespace spatialhub {

constexpr i32 ALONG_CUT = -1; // the edge runs along a cut, not along the feature's boundary

struct SourceEdge {
    Point from, to;
};

// A vertex of a ring and the edge that begins there: the feature's own edge it is a piece of, or ALONG_CUT. Cut points
// are always taken on the whole own edge, so that each is the true crossing rounded once, whatever was cut before: the
// parts on both sides, and a neighbour that shares the edge uncut, meet in the same grid pixel.
struct Node {
    Point at;
    i32 edge;
};

// Open rings (the first node follows the last).
struct Piece {
    std::vector<Node> nodes;
    std::vector<std::size_t> starts{0};

    std::size_t rings() const { return starts.size() - 1; }
    Box bounds() const;
};

struct Cut {
    bool vertical; // x = at, else y = at
    i64 at;
};

// What of a piece lies on the lower (x <= at, y <= at) or upper side, closed. Sutherland-Hodgman: excursions beyond the
// line are replaced by walks along it, so every point strictly on this side keeps its winding number.
Piece clip(const Piece& piece, const std::vector<SourceEdge>& edges, Cut cut, bool lower);

// Twice the signed area of the ring nodes[begin … end - 1].
i128 twice_area(const std::vector<Node>& nodes, std::size_t begin, std::size_t end);

} // namespace spatialhub
