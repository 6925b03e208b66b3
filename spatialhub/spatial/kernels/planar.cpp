#include "planar.hpp"

#include "snap.hpp"

#include <cmath>

namespace spatialhub {

namespace {

i32 label_count(const std::vector<RingSet>& sets, i32 parts) {
    i32 count = parts;
    for (const RingSet& set : sets)
        for (const i32 label : set.rings->labels) count = std::max(count, set.first + label + 1);
    return count;
}

// Snap rounding moves no boundary further than half a pixel's diagonal: an area changes by less than its length.
bool moved_too_far(const LabelSums& before, const LabelSums& after) {
    for (std::size_t label = 0; label < before.length.size(); ++label) {
        const double change = static_cast<double>(after.doubled_area[label] - before.doubled_area[label]);
        if (std::fabs(change) > 2.0 * before.length[label] + 64.0) return true;
    }
    return false;
}

// What each label covers, summed over faces, is what its edges bound: exact, for every label, in the whole plane.
bool sums_agree(const Linework& lines, const Faces& faces, const Covers& covers, const LabelSums& sums) {
    const std::vector<i128> areas = doubled_areas(lines, faces);
    std::vector<i128> covered(sums.doubled_area.size(), 0);
    for (i32 f = 1; f < faces.count; ++f)
        for (i64 w = covers.begin[f]; w < covers.end[f]; ++w)
            covered[covers.windings[w].label] += areas[f] * covers.windings[w].difference;
    return covered == sums.doubled_area;
}

std::vector<char> inside_faces(const Faces& faces, const Covers& covers, i32 parts) {
    std::vector<char> inside(faces.count, 0);
    for (i32 f = 1; f < faces.count; ++f)
        for (i64 w = covers.begin[f]; w < covers.end[f] && covers.windings[w].label < parts; ++w)
            if (covers.windings[w].difference > 0) inside[f] = 1;
    return inside;
}

// Faces by their least corner: the least vertex, and there the first half-edge. Independent of any input order.
std::vector<i32> canonical_numbers(const Linework& lines, const Faces& faces, const std::vector<char>& inside,
                                   i32& count) {
    std::vector<i32> corner(faces.count, -1), order, number(faces.count, -1);
    const auto less = [&](i32 g, i32 h) {
        const Point p = lines.vertices[origin(lines, g)], q = lines.vertices[origin(lines, h)];
        return p != q ? p < q : faces.position[g] < faces.position[h];
    };
    for (i32 h = 0; h < static_cast<i32>(faces.face.size()); ++h) {
        const i32 face = faces.face[h];
        if (inside[face] && (corner[face] < 0 || less(h, corner[face]))) corner[face] = h;
    }
    for (i32 f = 0; f < faces.count; ++f)
        if (inside[f]) order.push_back(f);
    std::sort(order.begin(), order.end(), [&](i32 f, i32 g) { return less(corner[f], corner[g]); });
    count = static_cast<i32>(order.size());
    for (i32 k = 0; k < count; ++k) number[order[k]] = k;
    return number;
}

void list_covers(const Covers& covers, Planar& planar) {
    std::vector<i32> face_of(planar.count);
    for (i32 f = 0; f < planar.faces.count; ++f)
        if (planar.number[f] >= 0) face_of[planar.number[f]] = f;
    for (i32 k = 0; k < planar.count; ++k)
        for (i64 w = covers.begin[face_of[k]]; w < covers.end[face_of[k]]; ++w)
            if (covers.windings[w].difference > 0) {
                planar.cover_face.push_back(k);
                planar.cover_label.push_back(covers.windings[w].label);
            }
}

Planar faulty(Fault fault) {
    Planar planar;
    planar.fault = fault;
    return planar;
}

} // namespace

Planar arrange(const std::vector<RingSet>& sets, i32 parts, const Box& window, const Surface& surface) {
    const i32 labels = label_count(sets, parts);
    Planar planar;
    Linework collected = collect(sets, window);
    const LabelSums before = sum_labels(collected, labels);
    planar.lines = snap(std::move(collected));
    if (planar.lines.edges.empty()) return faulty(Fault::nothing_left);
    const LabelSums after = sum_labels(planar.lines, labels);
    if (moved_too_far(before, after)) return faulty(Fault::moved_too_far);
    planar.faces = trace_faces(planar.lines);
    if (!planar.faces.planar) return faulty(Fault::not_planar);
    const Covers covers = walk_covers(planar.lines, planar.faces);
    if (!covers.closed) return faulty(Fault::covers_open);
    if (!sums_agree(planar.lines, planar.faces, covers, after)) return faulty(Fault::sums_differ);
    planar.number = canonical_numbers(planar.lines, planar.faces, inside_faces(planar.faces, covers, parts),
                                      planar.count);
    if (planar.count == 0) return faulty(Fault::nothing_left);
    planar.measures = measure(planar.lines, planar.faces, planar.number, planar.count, surface);
    list_covers(covers, planar);
    return planar;
}

Outlines Planar::outlines(const std::vector<i32>& group, i32 groups) const {
    std::vector<i32> of_face(faces.count, -1);
    for (i32 f = 0; f < faces.count; ++f)
        if (number[f] >= 0) of_face[f] = group[number[f]];
    return outline(lines, faces, of_face, groups);
}

} // namespace spatialhub
