// Which labels cover each face: a walk over the dual graph from the unbounded face, adding what each edge separates.
#pragma once

#include "faces.hpp"

namespace spatialhub {

// Winding numbers of labels (other than 0), sorted by label, as compressed rows a face. Rows are in order of discovery.
struct Covers {
    std::vector<i64> begin, end; // of face f in `windings`
    std::vector<Winding> windings;
    bool closed = false; // every edge agrees with what the walk found on its two sides
};

Covers walk_covers(const Linework& lines, const Faces& faces);

} // namespace spatialhub
