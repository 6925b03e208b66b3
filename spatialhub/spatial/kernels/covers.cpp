#include "covers.hpp"

namespace spatialhub {

namespace {

// One row minus `side` times an edge's list, merged by label: what lies across the edge.
void across(const Winding* row, const Winding* row_end, const Winding* list, const Winding* list_end, i32 side,
            std::vector<Winding>& out) {
    while (row != row_end || list != list_end) {
        if (list == list_end || (row != row_end && row->label < list->label)) {
            out.push_back(*row++);
        } else if (row == row_end || list->label < row->label) {
            out.push_back({list->label, -side * list->difference});
            ++list;
        } else {
            const i32 winding = row->difference - side * list->difference;
            if (winding != 0) out.push_back({row->label, winding});
            ++row;
            ++list;
        }
    }
}

bool same(const Winding* a, const Winding* a_end, const std::vector<Winding>& b) {
    if (a_end - a != static_cast<std::ptrdiff_t>(b.size())) return false;
    for (const Winding& w : b) {
        if (a->label != w.label || a->difference != w.difference) return false;
        ++a;
    }
    return true;
}

} // namespace

Covers walk_covers(const Linework& lines, const Faces& faces) {
    Covers covers;
    covers.begin.assign(faces.count, -1);
    covers.end.assign(faces.count, -1);
    std::vector<i32> starts(faces.count + 1, 0), halves(faces.face.size()), queue{0};
    for (const i32 face : faces.face) ++starts[face + 1];
    for (i32 f = 0; f < faces.count; ++f) starts[f + 1] += starts[f];
    std::vector<i32> next(starts.begin(), starts.end() - 1);
    for (std::size_t h = 0; h < faces.face.size(); ++h) halves[next[faces.face[h]]++] = static_cast<i32>(h);
    covers.begin[0] = covers.end[0] = 0;
    covers.closed = true;
    std::vector<Winding> row;
    for (std::size_t q = 0; q < queue.size(); ++q) {
        const i32 face = queue[q];
        for (i32 i = starts[face]; i < starts[face + 1]; ++i) {
            const i32 half = halves[i], other = faces.face[half ^ 1], edge = half >> 1;
            if (covers.begin[other] >= 0 && other < face) continue; // checked from the other side
            row.clear();
            across(covers.windings.data() + covers.begin[face], covers.windings.data() + covers.end[face],
                   lines.windings.data() + lines.starts[edge], lines.windings.data() + lines.starts[edge + 1],
                   half & 1 ? -1 : 1, row);
            if (covers.begin[other] >= 0) {
                covers.closed = covers.closed && same(covers.windings.data() + covers.begin[other],
                                                      covers.windings.data() + covers.end[other], row);
                continue;
            }
            covers.begin[other] = static_cast<i64>(covers.windings.size());
            covers.windings.insert(covers.windings.end(), row.begin(), row.end());
            covers.end[other] = static_cast<i64>(covers.windings.size());
            queue.push_back(other);
        }
    }
    covers.closed = covers.closed && queue.size() == static_cast<std::size_t>(faces.count);
    return covers;
}

} // namespace spatialhub
