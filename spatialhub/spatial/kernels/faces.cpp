#include "faces.hpp"

#include "leftward.hpp"

namespace spatialhub {

namespace {

bool upper_half(Point d) { return d.y > 0 || (d.y == 0 && d.x > 0); }

// Counterclockwise from the direction of +x.
bool turns_before(Point d, Point e) {
    if (upper_half(d) != upper_half(e)) return upper_half(d);
    return static_cast<i128>(d.x) * e.y - static_cast<i128>(d.y) * e.x > 0;
}

void arrange_around(const Linework& lines, Faces& faces) {
    const std::size_t halves = 2 * lines.edges.size();
    faces.around_starts.assign(lines.vertices.size() + 1, 0);
    for (const Edge& edge : lines.edges) {
        ++faces.around_starts[edge.from + 1];
        ++faces.around_starts[edge.to + 1];
    }
    for (std::size_t v = 1; v < faces.around_starts.size(); ++v) faces.around_starts[v] += faces.around_starts[v - 1];
    faces.around.resize(halves);
    faces.position.resize(halves);
    std::vector<i32> next(faces.around_starts.begin(), faces.around_starts.end() - 1);
    for (i32 h = 0; h < static_cast<i32>(halves); ++h) faces.around[next[origin(lines, h)]++] = h;
    for (std::size_t v = 0; v < lines.vertices.size(); ++v) {
        const auto begin = faces.around.begin() + faces.around_starts[v];
        const auto end = faces.around.begin() + faces.around_starts[v + 1];
        const Point centre = lines.vertices[v];
        if (end - begin > 2) // two have but one circular order
            std::sort(begin, end, [&](i32 g, i32 h) {
                const Point p = lines.vertices[origin(lines, g ^ 1)], q = lines.vertices[origin(lines, h ^ 1)];
                return turns_before({p.x - centre.x, p.y - centre.y}, {q.x - centre.x, q.y - centre.y});
            });
        for (i32 i = faces.around_starts[v]; i < faces.around_starts[v + 1]; ++i) faces.position[faces.around[i]] = i;
    }
}

struct Loops {
    std::vector<i32> of;       // loop of each half-edge
    std::vector<i32> first;    // a half-edge of each loop
    std::vector<int> turn;     // +1 counterclockwise: bounds a face from outside; -1: a hole's or the outermost
};

Loops trace_loops(const Linework& lines, const Faces& faces) {
    Loops loops;
    const i32 halves = static_cast<i32>(2 * lines.edges.size());
    loops.of.assign(halves, -1);
    for (i32 start = 0; start < halves; ++start) {
        if (loops.of[start] >= 0) continue;
        const i32 number = static_cast<i32>(loops.first.size());
        const Point base = lines.vertices[origin(lines, start)];
        i128 doubled = 0;
        for (i32 h = start; loops.of[h] < 0; h = faces.next(lines, h)) {
            loops.of[h] = number;
            doubled += cross(base, lines.vertices[origin(lines, h)], lines.vertices[origin(lines, h ^ 1)]);
        }
        loops.first.push_back(start);
        loops.turn.push_back(sign(doubled));
    }
    return loops;
}

struct Components {
    std::vector<i32> of;    // component of each vertex, -1 where no edge ends
    std::vector<i32> least; // least vertex of each
    i64 vertices = 0;       // vertices with an edge
};

Components find_components(const Linework& lines, const Faces& faces) {
    Components found;
    found.of.assign(lines.vertices.size(), -1);
    std::vector<i32> waiting;
    for (i32 seed = 0; seed < static_cast<i32>(lines.vertices.size()); ++seed) {
        if (found.of[seed] >= 0 || faces.around_starts[seed] == faces.around_starts[seed + 1]) continue;
        const i32 number = static_cast<i32>(found.least.size());
        i32 least = seed;
        found.of[seed] = number;
        waiting.push_back(seed);
        while (!waiting.empty()) {
            const i32 v = waiting.back();
            waiting.pop_back();
            ++found.vertices;
            if (lines.vertices[v] < lines.vertices[least]) least = v;
            for (i32 i = faces.around_starts[v]; i < faces.around_starts[v + 1]; ++i) {
                const i32 w = origin(lines, faces.around[i] ^ 1);
                if (found.of[w] >= 0) continue;
                found.of[w] = number;
                waiting.push_back(w);
            }
        }
        found.least.push_back(least);
    }
    return found;
}

// The half-edge right of which each component's least vertex lies, -1 in the open: holes find their face by it.
std::vector<i32> enclosing(const Linework& lines, const Components& components) {
    std::vector<Point> points;
    for (const i32 v : components.least) points.push_back(lines.vertices[v]);
    if (points.size() == 1) return {-1};
    std::vector<Wall> walls;
    std::vector<i32> halves;
    for (std::size_t e = 0; e < lines.edges.size(); ++e) {
        const Point a = lines.vertices[lines.edges[e].from], b = lines.vertices[lines.edges[e].to];
        if (a.y == b.y) continue;
        const i32 downward = static_cast<i32>(2 * e) + (a.y < b.y); // its face lies on the east
        walls.push_back(a.y < b.y ? Wall{a, b, 0} : Wall{b, a, 0});
        halves.push_back(downward);
    }
    std::vector<i32> found = first_left(points, std::vector<i32>(points.size(), 0), walls);
    for (i32& wall : found)
        if (wall >= 0) wall = halves[wall];
    return found;
}

} // namespace

Faces trace_faces(const Linework& lines) {
    Faces faces;
    arrange_around(lines, faces);
    const Loops loops = trace_loops(lines, faces);
    const Components components = find_components(lines, faces);
    const i64 components_count = static_cast<i64>(components.least.size());
    faces.planar = components.vertices - static_cast<i64>(lines.edges.size()) + static_cast<i64>(loops.first.size()) ==
                   2 * components_count;
    std::vector<i32> face_of_loop(loops.first.size(), -1), outer(components.least.size(), -1);
    faces.count = 1;
    for (std::size_t l = 0; l < loops.first.size(); ++l) {
        if (loops.turn[l] > 0) {
            face_of_loop[l] = faces.count++;
            continue;
        }
        i32& loop = outer[components.of[origin(lines, loops.first[l])]];
        faces.planar = faces.planar && loop < 0 && loops.turn[l] < 0;
        loop = static_cast<i32>(l);
    }
    if (!faces.planar) return faces;
    const std::vector<i32> left = enclosing(lines, components);
    std::vector<i32> order(components.least.size());
    for (std::size_t c = 0; c < order.size(); ++c) order[c] = static_cast<i32>(c);
    std::sort(order.begin(), order.end(), [&](i32 a, i32 b) { // what encloses begins further left
        return lines.vertices[components.least[a]] < lines.vertices[components.least[b]];
    });
    for (const i32 c : order) face_of_loop[outer[c]] = left[c] < 0 ? 0 : face_of_loop[loops.of[left[c]]];
    faces.face.resize(loops.of.size());
    for (std::size_t h = 0; h < loops.of.size(); ++h) faces.face[h] = face_of_loop[loops.of[h]];
    return faces;
}

} // namespace spatialhub
