#include "clip.hpp"

#include "quantise.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace spatialhub {

namespace {

i64 along(Point p, bool vertical) { return vertical ? p.x : p.y; }
i64 across(Point p, bool vertical) { return vertical ? p.y : p.x; }
Point point(i64 along_axis, i64 other, bool vertical) {
    return vertical ? Point{along_axis, other} : Point{other, along_axis};
}

// Where the line through `from` and `to` crosses the cut, rounded once; the same whichever way the edge runs.
Point crossing(Point from, Point to, Cut cut) {
    if (along(to, cut.vertical) < along(from, cut.vertical)) std::swap(from, to);
    const i64 low = along(from, cut.vertical);
    const i64 length = along(to, cut.vertical) - low;
    const i64 rise = across(to, cut.vertical) - across(from, cut.vertical);
    const i64 offset = divide_half_up(static_cast<i128>(rise) * (cut.at - low), length);
    return point(cut.at, across(from, cut.vertical) + offset, cut.vertical);
}

// Builds one clipped ring at the end of a piece's nodes; walks along the cut keep only their ends.
class RingOnCut {
  public:
    RingOnCut(std::vector<Node>& nodes, Cut cut) : nodes_(nodes), cut_(cut), begin_(nodes.size()) {}

    void add(Node node) {
        if (nodes_.size() > begin_ && nodes_.back().at == node.at) {
            nodes_.back() = node;
            return;
        }
        nodes_.push_back(node);
        while (nodes_.size() >= begin_ + 3 && on_cut(nodes_.size() - 1) && on_cut(nodes_.size() - 2) &&
               on_cut(nodes_.size() - 3)) {
            drop_middle();
        }
    }

    // Whether a ring with an extent is left; one that lies on the cut altogether is taken away.
    bool close() {
        while (nodes_.size() > begin_ + 1 && nodes_.back().at == nodes_[begin_].at) nodes_.pop_back();
        const bool flat = std::all_of(nodes_.begin() + static_cast<std::ptrdiff_t>(begin_), nodes_.end(),
                                      [&](const Node& node) { return along(node.at, cut_.vertical) == cut_.at; });
        if (flat || nodes_.size() < begin_ + 3) nodes_.resize(begin_);
        for (std::size_t i = begin_; i < nodes_.size(); ++i) { // an own edge on the cut bounds nothing inside
            const std::size_t next = i + 1 < nodes_.size() ? i + 1 : begin_;
            if (on_cut(i) && on_cut(next)) nodes_[i].edge = ALONG_CUT;
        }
        return nodes_.size() > begin_;
    }

  private:
    bool on_cut(std::size_t i) const { return along(nodes_[i].at, cut_.vertical) == cut_.at; }
    void drop_middle() {
        nodes_[nodes_.size() - 2] = nodes_.back();
        nodes_.pop_back();
        const std::size_t last = nodes_.size() - 1;
        if (nodes_[last].at == nodes_[last - 1].at) {
            nodes_[last - 1] = nodes_[last];
            nodes_.pop_back();
        }
    }

    std::vector<Node>& nodes_;
    Cut cut_;
    std::size_t begin_;
};

} // namespace

Box Piece::bounds() const {
    Box box{std::numeric_limits<i64>::max(), std::numeric_limits<i64>::max(), std::numeric_limits<i64>::min(),
            std::numeric_limits<i64>::min()};
    for (const Node& node : nodes) {
        box.xmin = std::min(box.xmin, node.at.x);
        box.ymin = std::min(box.ymin, node.at.y);
        box.xmax = std::max(box.xmax, node.at.x);
        box.ymax = std::max(box.ymax, node.at.y);
    }
    return box;
}

Piece clip(const Piece& piece, const std::vector<SourceEdge>& edges, Cut cut, bool lower) {
    Piece kept;
    const auto side = [&](Point p) { // negative inside, 0 on the cut, positive beyond it
        const i64 distance = along(p, cut.vertical) - cut.at;
        return lower ? (distance > 0) - (distance < 0) : (distance < 0) - (distance > 0);
    };
    const auto cut_point = [&](const Node& from, Point to) {
        if (from.edge == ALONG_CUT) return crossing(from.at, to, cut);
        const SourceEdge& own = edges[static_cast<std::size_t>(from.edge)];
        return crossing(own.from, own.to, cut);
    };
    for (std::size_t ring = 0; ring < piece.rings(); ++ring) {
        RingOnCut clipped(kept.nodes, cut);
        const std::size_t begin = piece.starts[ring], end = piece.starts[ring + 1];
        for (std::size_t i = begin; i < end; ++i) {
            const Node& node = piece.nodes[i];
            const Point next = piece.nodes[i + 1 < end ? i + 1 : begin].at;
            const int here = side(node.at), there = side(next);
            if (here < 0) {
                clipped.add(node);
                if (there > 0) clipped.add({cut_point(node, next), ALONG_CUT});
            } else if (here == 0) {
                clipped.add({node.at, there > 0 ? ALONG_CUT : node.edge});
            } else if (there < 0) {
                clipped.add({cut_point(node, next), node.edge});
            }
        }
        if (clipped.close()) kept.starts.push_back(kept.nodes.size());
    }
    return kept;
}

i128 twice_area(const std::vector<Node>& nodes, std::size_t begin, std::size_t end) {
    i128 sum = 0;
    for (std::size_t i = begin + 1; i + 1 < end; ++i) sum += cross(nodes[begin].at, nodes[i].at, nodes[i + 1].at);
    return sum;
}

} // namespace spatialhub
