// From covers to answers: what each layer says of a site (check.md §5), and the fragments that rules run on (§4).
#pragma once

#include "fragments.hpp"

#include <functional>

namespace spatialhub {

// The faces of an arrangement, in its order; areas in units of 1e-4 m². `radius_m` is a lower bound of the radius of the
// largest circle in a face. Covers are pairs of a face and a label, sorted.
struct CountedFaces {
    const i64 *area_u, *plane_u;
    const double* radius_m;
    i64 count;
    const i64 *cover_face, *cover_label;
    i64 covers;
    Neighbours neighbours;
};

// Labels: parts of the site, regions that cut it, then candidate features, by layer.
struct CountedLabels {
    i64 parts, regions;
    const i64* layer;  // of each candidate, ascending
    const bool* floor; // of each candidate
    i64 candidates;
    const i64* region_of_layer; // a region's number, or one of these two
    i64 layers;

    static constexpr i64 NOWHERE = -1, EVERYWHERE = -2;
    i64 first() const { return parts + regions; }
    i64 size() const { return first() + candidates; }
};

// How each layer's overlap is judged (spatial/candidates.py), and what holds for all of them (spatial/statuses.py).
struct LayerTerms {
    const bool *floor, *tessellates;
    const double *adjacent_m, *trace_below_u, *trace_half_m;
    double trace_total_factor, digitising_error_u, mismatch_half_m, sliver_u, sliver_share;
};

// Pairs of a face and the group that it belongs to.
struct GroupedFaces {
    std::vector<i64> face, group;
};

// Answers which groups (0 … half_m.size() - 1) disappear when their boundary moves inward by half_m: asked where no face
// is fat enough to decide, for this takes geometry.
using AskVanishing = std::function<std::vector<char>(const GroupedFaces&, const std::vector<double>& half_m)>;

enum Answer : i64 { ANSWER_NOTHING, ANSWER_ADJACENT, ANSWER_TRACE, ANSWER_HIT }; // statuses.py names them

struct Counted {
    // of every layer
    std::vector<i64> code, area_u, plane_u, unchecked_u, floor_u;
    std::vector<char> suspected;
    // of every label
    std::vector<i64> label_u, label_plane_u;
    std::vector<char> touched, counts; // covers a face; its covers decide
    // of every face
    std::vector<i64> key;       // what covers it
    std::vector<char> mismatch; // a thin gap or double cover of a tessellating layer
    std::vector<i64> key_first; // of every key, the first face that has it
    Fragments joined;
    // of every fragment
    std::vector<i64> fragment_u, fragment_plane_u;
    i64 site_u = 0, site_plane_u = 0;
};

Counted count_covers(const CountedFaces& faces, const CountedLabels& labels, const LayerTerms& terms,
                     const AskVanishing& ask);

} // namespace spatialhub
