// Faces joined to fragments: rows of numbers told apart, connected faces, slivers given to a neighbour.
#pragma once

#include "basics.hpp"

#include <vector>

namespace spatialhub {

// Rows of numbers in one array: row r is values[starts[r]] … values[starts[r + 1] - 1], with a flag beside it.
struct Rows {
    const i64* starts;
    const i64* values;
    const unsigned char* flags;
    i64 count;
};

// Which rows hold the same numbers, in whatever order, and the same flag.
struct Distinct {
    std::vector<i64> group; // of every row, numbered by first appearance
    std::vector<i64> first; // the first row of every group
};
Distinct distinct_rows(const Rows& rows);

// Faces that share an edge: first[i] and second[i] along length[i] metres.
struct Neighbours {
    const i64* first;
    const i64* second;
    const double* length;
    i64 count;
};

// Connected faces of a mask, numbered by their least face; -1 outside the mask.
std::vector<i64> components(const unsigned char* mask, i64 faces, const Neighbours& pairs);

// What fragments are made from. Faces with an equal `key` belong together; a merge never changes `governing`; a group
// below `limit_u` units of area is a sliver.
struct KeyedFaces {
    const i64* key;
    const i64* governing;
    const i64* area_u;
    i64 count;
    double limit_u;
};

struct Fragments {
    std::vector<i64> fragment; // of every face, numbered by least face
    std::vector<i64> key;      // of every fragment
    i64 merged = 0;            // slivers that joined a neighbour
};
Fragments join_faces(const KeyedFaces& faces, const Neighbours& pairs);

} // namespace spatialhub
