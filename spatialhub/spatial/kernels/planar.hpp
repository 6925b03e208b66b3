// The arrangement: rings of site parts and features in, faces with covers and areas out, checked against themselves.
#pragma once

#include "collect.hpp"
#include "measures.hpp"
#include "outlines.hpp"

namespace spatialhub {

// What an arrangement asserts of itself. Any failure: the caller uses the plain recipe and says so.
enum class Fault { none, not_planar, covers_open, sums_differ, moved_too_far, nothing_left };

struct Planar {
    Linework lines;
    Faces faces;
    std::vector<i32> number;     // place among the faces inside, in canonical order, -1 for faces outside
    i32 count = 0;               // faces inside
    Measures measures;
    std::vector<i32> cover_face; // pairs of a face inside and a label that covers it, sorted
    std::vector<i32> cover_label;
    Fault fault = Fault::none;

    Outlines outlines(const std::vector<i32>& group, i32 groups) const; // `group` of each face inside
};

// Labels 0 … parts - 1 are the site's parts, those above regions and features; `window` is the site's box.
Planar arrange(const std::vector<RingSet>& sets, i32 parts, const Box& window, const Surface& surface);

} // namespace spatialhub
