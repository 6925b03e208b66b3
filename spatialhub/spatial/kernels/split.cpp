#include "split.hpp"

#include "clip.hpp"
#include "quantise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spatialhub {

namespace {

// One feature on the integer grid: open rings without repeated points, shells counterclockwise, holes clockwise.
class Quantised {
  public:
    void read(const Features& features, std::size_t feature) {
        piece_.nodes.clear();
        piece_.starts.assign(1, 0);
        for (i64 polygon = features.features[feature]; polygon < features.features[feature + 1]; ++polygon) {
            const i64 shell = features.polygons[polygon];
            for (i64 ring = shell; ring < features.polygons[polygon + 1]; ++ring) read_ring(features, ring, ring == shell);
        }
    }

    const Piece& piece() const { return piece_; }

    // The boundary's own edges: every node is given the number of the one that begins at it.
    std::vector<SourceEdge> number_edges() {
        std::vector<SourceEdge> edges(piece_.nodes.size());
        for (std::size_t ring = 0; ring < piece_.rings(); ++ring) {
            const std::size_t begin = piece_.starts[ring], end = piece_.starts[ring + 1];
            for (std::size_t i = begin; i < end; ++i) {
                piece_.nodes[i].edge = static_cast<i32>(i);
                edges[i] = {piece_.nodes[i].at, piece_.nodes[i + 1 < end ? i + 1 : begin].at};
            }
        }
        return edges;
    }

  private:
    void read_ring(const Features& features, i64 ring, bool shell) {
        std::vector<Node>& nodes = piece_.nodes;
        const std::size_t begin = nodes.size();
        for (i64 i = features.rings[ring]; i < features.rings[ring + 1]; ++i) {
            const Point at{to_u5(features.coords[2 * i]), to_u5(features.coords[2 * i + 1])};
            if (nodes.size() == begin || nodes.back().at != at) nodes.push_back({at, ALONG_CUT});
        }
        while (nodes.size() > begin + 1 && nodes.back().at == nodes[begin].at) nodes.pop_back();
        const i128 area = twice_area(nodes, begin, nodes.size());
        if (area == 0) { // thinner than the grid: nothing lies inside
            nodes.resize(begin);
            return;
        }
        if ((area > 0) != shell) std::reverse(nodes.begin() + static_cast<std::ptrdiff_t>(begin), nodes.end());
        piece_.starts.push_back(nodes.size());
    }

    Piece piece_;
};

void add_rectangle(Piece& piece, const Box& box, bool counterclockwise) {
    const Point corners[] = {{box.xmin, box.ymin}, {box.xmax, box.ymin}, {box.xmax, box.ymax}, {box.xmin, box.ymax}};
    for (int i = 0; i < 4; ++i) piece.nodes.push_back({corners[counterclockwise ? i : (4 - i) % 4], ALONG_CUT});
    piece.starts.push_back(piece.nodes.size());
}

// How often a ring that runs along cuts alone winds round its whole box; `none` where it has own edges, or only turns
// back on itself in a way that a rectangle cannot say.
constexpr i64 none = std::numeric_limits<i64>::min();
i64 turns_round_tile(const Piece& piece, std::size_t ring) {
    const std::size_t begin = piece.starts[ring], end = piece.starts[ring + 1];
    Piece alone;
    for (std::size_t i = begin; i < end; ++i) {
        if (piece.nodes[i].edge != ALONG_CUT) return none;
    }
    alone.nodes.assign(piece.nodes.begin() + static_cast<std::ptrdiff_t>(begin),
                       piece.nodes.begin() + static_cast<std::ptrdiff_t>(end));
    const Box box = alone.bounds();
    const i128 tile = 2 * static_cast<i128>(box.xmax - box.xmin) * (box.ymax - box.ymin);
    const i128 area = twice_area(piece.nodes, begin, end);
    if (tile == 0) return 0;
    return area % tile == 0 ? static_cast<i64>(area / tile) : none;
}

// Takes away rings without own edges: between cuts alone a winding number is the same throughout the tile, so they say
// either nothing or "all of it", which four corners say as well.
Piece without_plain_rings(Piece&& piece) {
    Piece kept;
    Box tile{};
    i64 turns = 0;
    for (std::size_t ring = 0; ring < piece.rings(); ++ring) {
        const i64 round = turns_round_tile(piece, ring);
        const auto begin = piece.nodes.begin() + static_cast<std::ptrdiff_t>(piece.starts[ring]);
        const auto end = piece.nodes.begin() + static_cast<std::ptrdiff_t>(piece.starts[ring + 1]);
        if (round == none) {
            kept.nodes.insert(kept.nodes.end(), begin, end);
            kept.starts.push_back(kept.nodes.size());
        } else if (round != 0) {
            Piece alone;
            alone.nodes.assign(begin, end);
            tile = alone.bounds();
            turns += round;
        }
    }
    for (i64 i = 0; i < std::abs(turns); ++i) add_rectangle(kept, tile, turns > 0);
    return kept;
}

class Splitter {
  public:
    Splitter(Parts& parts, std::size_t most_vertices) : parts_(parts), most_vertices_(most_vertices) {}

    void add(Quantised& feature, i32 owner) {
        owner_ = owner;
        const Piece& whole = feature.piece();
        if (whole.nodes.empty()) return;
        if (is_small(whole, whole.bounds())) {
            write(whole, whole.bounds());
            return;
        }
        edges_ = feature.number_edges();
        halve(whole);
    }

  private:
    bool is_small(const Piece& piece, const Box& box) const {
        const i64 side = std::max(box.xmax - box.xmin, box.ymax - box.ymin);
        return side <= SMALLEST_SPLIT || (piece.nodes.size() <= most_vertices_ && side <= WIDEST_PART);
    }

    void halve(const Piece& piece) {
        const Box box = piece.bounds();
        const i64 width = box.xmax - box.xmin, height = box.ymax - box.ymin;
        const bool vertical = width >= height;
        const Cut cut{vertical, vertical ? box.xmin + width / 2 : box.ymin + height / 2};
        for (const bool lower : {true, false}) {
            const Piece half = without_plain_rings(clip(piece, edges_, cut, lower));
            if (half.nodes.empty()) continue;
            const Box half_box = half.bounds();
            if (is_small(half, half_box)) write(half, half_box);
            else halve(half);
        }
    }

    void write(const Piece& piece, const Box& box) {
        const Point origin{box.xmin + (box.xmax - box.xmin) / 2, box.ymin + (box.ymax - box.ymin) / 2};
        i128 area = 0;
        for (std::size_t ring = 0; ring < piece.rings(); ++ring) {
            const std::size_t begin = piece.starts[ring], end = piece.starts[ring + 1];
            for (std::size_t i = begin; i < end; ++i) write(piece.nodes[i].at, origin);
            write(piece.nodes[begin].at, origin);
            parts_.ring_points.push_back(static_cast<i64>(end - begin + 1));
            area += twice_area(piece.nodes, begin, end);
        }
        parts_.part_rings.push_back(static_cast<i64>(piece.rings()));
        parts_.part_points.push_back(static_cast<i64>(piece.nodes.size() + piece.rings()));
        for (const i64 value : {origin.x, origin.y}) parts_.origins.push_back(value);
        for (const i64 value : {box.xmin, box.ymin, box.xmax, box.ymax}) parts_.boxes.push_back(value);
        parts_.plane_areas.push_back(static_cast<double>(area) / (2 * U5_PER_METRE * U5_PER_METRE));
        parts_.owners.push_back(owner_);
    }

    void write(Point at, Point origin) {
        parts_.xy.push_back(static_cast<i32>(at.x - origin.x));
        parts_.xy.push_back(static_cast<i32>(at.y - origin.y));
    }

    Parts& parts_;
    std::size_t most_vertices_;
    std::vector<SourceEdge> edges_;
    i32 owner_ = 0;
};

// Area of a closed ring from differences to its first point, whatever its orientation.
double ring_area(const double* coords, i64 begin, i64 end) {
    const double x = coords[2 * begin], y = coords[2 * begin + 1];
    double sum = 0;
    for (i64 i = begin + 1; i + 1 < end; ++i) {
        sum += (coords[2 * i] - x) * (coords[2 * i + 3] - y) - (coords[2 * i + 2] - x) * (coords[2 * i + 1] - y);
    }
    return std::abs(sum) / 2;
}

} // namespace

Parts split(const Features& features, std::size_t most_vertices) {
    Parts parts;
    Splitter splitter(parts, most_vertices);
    Quantised quantised;
    for (std::size_t feature = 0; feature < features.count; ++feature) {
        quantised.read(features, feature);
        splitter.add(quantised, static_cast<i32>(feature));
    }
    return parts;
}

FeatureMeasures measure(const Features& features) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    FeatureMeasures measures;
    measures.boxes.reserve(4 * features.count);
    measures.plane_areas.reserve(features.count);
    for (std::size_t feature = 0; feature < features.count; ++feature) {
        double box[] = {inf, inf, -inf, -inf};
        double area = 0;
        for (i64 polygon = features.features[feature]; polygon < features.features[feature + 1]; ++polygon) {
            const i64 shell = features.polygons[polygon];
            for (i64 ring = shell; ring < features.polygons[polygon + 1]; ++ring) {
                const i64 begin = features.rings[ring], end = features.rings[ring + 1];
                area += (ring == shell ? 1 : -1) * ring_area(features.coords, begin, end);
                for (i64 i = begin; i < end; ++i) {
                    for (int axis = 0; axis < 2; ++axis) {
                        box[axis] = std::min(box[axis], features.coords[2 * i + axis]);
                        box[axis + 2] = std::max(box[axis + 2], features.coords[2 * i + axis]);
                    }
                }
            }
        }
        measures.boxes.insert(measures.boxes.end(), box, box + 4);
        measures.plane_areas.push_back(area);
    }
    return measures;
}

} // namespace spatialhub
