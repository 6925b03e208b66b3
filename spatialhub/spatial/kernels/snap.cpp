#include "snap.hpp"

namespace spatialhub {

// Ends are grid points, so none lies on the pixel's border. With the boxes overlapping, the segment meets the open
// pixel where corners lie strictly on both sides of its line; else it can only touch one corner, and of the corners
// only the lower left belongs to the pixel.
bool meets_pixel(Point a, Point b, Point p) {
    if (std::max(a.x, b.x) < p.x || std::min(a.x, b.x) > p.x || std::max(a.y, b.y) < p.y || std::min(a.y, b.y) > p.y)
        return false;
    const i64 dx = b.x - a.x, dy = b.y - a.y;
    const i128 centre = 2 * cross(a, b, p);
    const i128 reach = (dx < 0 ? -dx : dx) + static_cast<i128>(dy < 0 ? -dy : dy);
    return (centre < reach && -centre < reach) || centre == static_cast<i128>(dx) - dy;
}

namespace {

struct Split {
    i32 edge, vertex;
};

// Pieces of edges by the vertices that split them, as compressed rows in the order along the edge.
class Splits {
  public:
    Splits(const Linework& lines, const std::vector<Point>& points, std::vector<Split>&& splits)
        : starts_(lines.edges.size() + 1, 0), vertices_(splits.size()) {
        for (const Split& split : splits) ++starts_[split.edge + 1];
        for (std::size_t e = 1; e < starts_.size(); ++e) starts_[e] += starts_[e - 1];
        std::vector<i32> next(starts_.begin(), starts_.end() - 1);
        for (const Split& split : splits) vertices_[next[split.edge]++] = split.vertex;
        for (std::size_t e = 0; e < lines.edges.size(); ++e) sort(lines, points, e);
    }
    const i32* begin(std::size_t edge) const { return vertices_.data() + starts_[edge]; }
    const i32* end(std::size_t edge) const { return vertices_.data() + starts_[edge + 1]; }
    std::size_t size() const { return vertices_.size(); }

  private:
    // Pixels that a line meets form a staircase: from the lesser end x never falls, and y runs one way.
    void sort(const Linework& lines, const std::vector<Point>& points, std::size_t e) {
        if (starts_[e + 1] - starts_[e] < 2) return;
        const bool up = lines.vertices[lines.edges[e].from].y <= lines.vertices[lines.edges[e].to].y;
        std::sort(vertices_.begin() + starts_[e], vertices_.begin() + starts_[e + 1], [&](i32 i, i32 j) {
            const Point p = points[i], q = points[j];
            return p.x != q.x ? p.x < q.x : (up ? p.y < q.y : p.y > q.y);
        });
    }
    std::vector<i32> starts_, vertices_;
};

std::vector<Split> splits_of(const Linework& lines, const Buckets& buckets, Vertices& vertices) {
    std::vector<Split> splits;
    for (const Point at : crossings(lines, buckets)) vertices.add(at); // the edges that cross there are found below
    const std::vector<Point>& points = vertices.points;
    for (i32 v = 0; v < static_cast<i32>(points.size()); ++v) {
        const Point p = points[v];
        for (const Level& level : buckets.levels()) {
            const std::size_t bucket = level.at(p);
            for (const i32* i = level.begin(bucket); i != level.end(bucket); ++i) {
                const Box& box = buckets.box(*i);
                if (p.x < box.xmin || p.x > box.xmax || p.y < box.ymin || p.y > box.ymax) continue;
                const Edge edge = lines.edges[*i];
                if (edge.from != v && edge.to != v && meets_pixel(points[edge.from], points[edge.to], p))
                    splits.push_back({*i, v});
            }
        }
    }
    return splits;
}

void add_piece(EdgeTable& pieces, const Linework& lines, std::size_t edge, const std::vector<Point>& points, i32 from,
               i32 to) {
    if (from == to) return;
    const bool forward = points[from] < points[to];
    const i32 piece = forward ? pieces.add(from, to) : pieces.add(to, from);
    for (i32 w = lines.starts[edge]; w < lines.starts[edge + 1]; ++w)
        pieces.wind(piece, lines.windings[w].label,
                    forward ? lines.windings[w].difference : -lines.windings[w].difference);
}

} // namespace

Linework snap(Linework&& lines) {
    const Buckets buckets(lines);
    Vertices vertices(lines.vertices.size() + lines.vertices.size() / 4);
    std::vector<i32> number(lines.vertices.size(), -1); // only vertices of edges: others are no hot pixels
    for (Edge& edge : lines.edges) {
        for (i32* end : {&edge.from, &edge.to}) {
            if (number[*end] < 0) number[*end] = vertices.add(lines.vertices[*end]);
            *end = number[*end];
        }
    }
    lines.vertices.assign(vertices.points.begin(), vertices.points.end());
    const Splits splits(lines, vertices.points, splits_of(lines, buckets, vertices));
    EdgeTable pieces(lines.edges.size() + splits.size());
    for (std::size_t e = 0; e < lines.edges.size(); ++e) {
        i32 previous = lines.edges[e].from;
        for (const i32* v = splits.begin(e); v != splits.end(e); ++v) {
            add_piece(pieces, lines, e, vertices.points, previous, *v);
            previous = *v;
        }
        add_piece(pieces, lines, e, vertices.points, previous, lines.edges[e].to);
    }
    Linework noded;
    pieces.compact(noded.edges, noded.starts, noded.windings);
    noded.vertices = std::move(vertices.points);
    return noded;
}

} // namespace spatialhub
