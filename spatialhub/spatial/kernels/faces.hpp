// Faces of noded linework: half-edges around vertices, loops, and which loop is a hole of which face.
#pragma once

#include "tables.hpp"

namespace spatialhub {

// Half-edge 2e runs from → to of edge e, 2e + 1 back; its face lies on its left. Face 0 is the unbounded one.
struct Faces {
    std::vector<i32> around_starts; // half-edges that leave vertex v, counterclockwise:
    std::vector<i32> around;        // around[around_starts[v]] … around[around_starts[v + 1] - 1]
    std::vector<i32> position;      // where a half-edge stands in `around`
    std::vector<i32> face;          // face of each half-edge
    i32 count = 0;                  // faces, the unbounded one included
    bool planar = false;            // Euler's formula holds, each component has one outer loop

    // The half-edge that follows along the same face.
    i32 next(const Linework& lines, i32 half) const {
        const i32 end = half & 1 ? lines.edges[half >> 1].from : lines.edges[half >> 1].to;
        const i32 twin = position[half ^ 1];
        return around[twin > around_starts[end] ? twin - 1 : around_starts[end + 1] - 1];
    }
};

inline i32 origin(const Linework& lines, i32 half) {
    return half & 1 ? lines.edges[half >> 1].to : lines.edges[half >> 1].from;
}

Faces trace_faces(const Linework& lines);

} // namespace spatialhub
