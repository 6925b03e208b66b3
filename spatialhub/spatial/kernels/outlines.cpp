#include "outlines.hpp"

#include "leftward.hpp"

namespace spatialhub {

namespace {

struct Ring {
    i32 group, walk;
    bool shell;
    std::vector<Point> points; // closed, beginning with the least
    i32 parent;                // of a hole: its shell
};

bool precedes(const Ring& a, const Ring& b) {
    if (a.group != b.group) return a.group < b.group;
    return a.points[0] != b.points[0] ? a.points[0] < b.points[0] : a.points[1] < b.points[1];
}

Ring make_ring(i32 group, i32 walk, std::vector<Point>&& open) {
    i128 doubled = 0;
    for (std::size_t k = 1; k + 1 < open.size(); ++k) doubled += cross(open[0], open[k], open[k + 1]);
    std::rotate(open.begin(), std::min_element(open.begin(), open.end()), open.end());
    open.push_back(open[0]);
    return {group, walk, doubled > 0, std::move(open), -1};
}

// Walks along the border of groups and cuts what it walked into simple rings wherever it comes back to a vertex.
class Tracer {
  public:
    Tracer(const Linework& lines, const Faces& faces, const std::vector<i32>& group)
        : lines_(lines), faces_(faces), group_(group), done_(faces.face.size(), 0), place_(lines.vertices.size(), -1) {}

    std::vector<Ring> rings() {
        for (i32 h = 0; h < static_cast<i32>(done_.size()); ++h)
            if (!done_[h] && of(h) >= 0 && of(h) != of(h ^ 1)) walk(h);
        return std::move(rings_);
    }
    i32 walks() const { return walks_; }

  private:
    i32 of(i32 half) const { return group_[faces_.face[half]]; }

    i32 next(i32 half) const { // along the border: edges inside the group are passed over
        do half = faces_.next(lines_, half);
        while (of(half) == of(half ^ 1) && (half ^= 1, true));
        return half;
    }

    void walk(i32 start) {
        std::vector<i32> path;
        i32 half = start;
        while (!done_[half]) {
            const i32 v = origin(lines_, half);
            if (place_[v] >= 0) cut(path, place_[v], of(start));
            place_[v] = static_cast<i32>(path.size());
            path.push_back(v);
            done_[half] = 1;
            half = next(half);
        }
        cut(path, 0, of(start));
        ++walks_;
    }

    void cut(std::vector<i32>& path, i32 from, i32 group) {
        std::vector<Point> open;
        for (std::size_t k = static_cast<std::size_t>(from); k < path.size(); ++k) {
            open.push_back(lines_.vertices[path[k]]);
            place_[path[k]] = -1;
        }
        path.resize(static_cast<std::size_t>(from));
        if (open.size() > 2) rings_.push_back(make_ring(group, walks_, std::move(open)));
    }

    const Linework& lines_;
    const Faces& faces_;
    const std::vector<i32>& group_;
    std::vector<char> done_;
    std::vector<i32> place_; // of a vertex on the path
    std::vector<Ring> rings_;
    i32 walks_ = 0;
};

// Rings of one walk bound one connected piece, so they share its shell. A walk without a shell touches none: a ray to the
// left of its least vertex meets the shell's walk, or a walk of holes further left. (From a hole's own least vertex a ray
// would tell nothing: where hole and shell touch there, it leaves the piece.)
void find_parents(std::vector<Ring>& rings, i32 walks) {
    std::vector<i32> shell(static_cast<std::size_t>(walks), -1), first(static_cast<std::size_t>(walks), -1), loose;
    for (std::size_t r = 0; r < rings.size(); ++r) {
        i32& place = (rings[r].shell ? shell : first)[rings[r].walk];
        if (place < 0) place = static_cast<i32>(r);
    }
    std::vector<Point> points;
    std::vector<i32> tags;
    for (std::size_t r = 0; r < rings.size(); ++r) { // rings are sorted by group and least vertex
        if (shell[rings[r].walk] >= 0 || first[rings[r].walk] != static_cast<i32>(r)) continue;
        loose.push_back(rings[r].walk);
        points.push_back(rings[r].points[0]);
        tags.push_back(rings[r].group);
    }
    if (!loose.empty()) {
        std::vector<char> wanted(static_cast<std::size_t>(rings.back().group) + 1, 0);
        for (const i32 tag : tags) wanted[tag] = 1;
        std::vector<Wall> walls;
        std::vector<i32> walk_of;
        for (const Ring& ring : rings) {
            if (!wanted[ring.group]) continue;
            for (std::size_t k = 0; k + 1 < ring.points.size(); ++k) {
                const Point a = ring.points[k], b = ring.points[k + 1];
                if (a.y <= b.y) continue; // the group lies east of what runs down
                walls.push_back({b, a, ring.group});
                walk_of.push_back(ring.walk);
            }
        }
        const std::vector<i32> found = first_left(points, tags, walls);
        for (std::size_t k = 0; k < loose.size(); ++k) { // what is further left is known
            if (found[k] < 0) throw std::logic_error("a hole without a shell");
            shell[loose[k]] = shell[walk_of[found[k]]];
        }
    }
    for (Ring& ring : rings)
        if (!ring.shell) ring.parent = shell[ring.walk];
}

void append(Outlines& out, const Ring& ring) {
    out.points.insert(out.points.end(), ring.points.begin(), ring.points.end());
    out.ring_starts.push_back(static_cast<i64>(out.points.size()));
}

} // namespace

Outlines outline(const Linework& lines, const Faces& faces, const std::vector<i32>& group, i32 count) {
    Tracer tracer(lines, faces, group);
    std::vector<Ring> rings = tracer.rings();
    std::sort(rings.begin(), rings.end(), precedes);
    find_parents(rings, tracer.walks());
    std::vector<std::vector<i32>> holes(rings.size());
    for (std::size_t r = 0; r < rings.size(); ++r)
        if (!rings[r].shell) holes[rings[r].parent].push_back(static_cast<i32>(r));
    Outlines out;
    for (std::size_t r = 0; r < rings.size(); ++r) {
        if (!rings[r].shell) continue;
        while (static_cast<i32>(out.group_starts.size()) <= rings[r].group)
            out.group_starts.push_back(static_cast<i64>(out.polygon_starts.size()) - 1);
        append(out, rings[r]);
        for (const i32 hole : holes[r]) append(out, rings[hole]);
        out.polygon_starts.push_back(static_cast<i64>(out.ring_starts.size()) - 1);
    }
    while (static_cast<i32>(out.group_starts.size()) <= count)
        out.group_starts.push_back(static_cast<i64>(out.polygon_starts.size()) - 1);
    return out;
}

} // namespace spatialhub
