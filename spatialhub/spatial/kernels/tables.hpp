// Vertices and edges, each once: open-addressing tables, and per edge the list of what it separates.
#pragma once

#include "basics.hpp"

#include <algorithm>

namespace spatialhub {

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t z = a * 0x9E3779B97F4A7C15ull ^ (b + 0x632BE59BD9B4E019ull) * 0xC2B2AE3D27D4EB4Full;
    z ^= z >> 29;
    z *= 0xBF58476D1CE4E5B9ull;
    return z ^ (z >> 32);
}

// Slots of a hash table that holds numbers of things kept elsewhere; grows so that half stays free.
class Slots {
  public:
    explicit Slots(std::size_t expected) { resize(expected); }
    // The number found by `same`, or -1; `slot` is then where a new number belongs.
    template <typename Same> i32 find(std::uint64_t hash, Same same, std::size_t& slot) const {
        slot = hash & mask_;
        while (slots_[slot] >= 0 && !same(slots_[slot])) slot = (slot + 1) & mask_;
        return slots_[slot];
    }
    template <typename Hash> void put(std::size_t slot, i32 number, Hash hash_of) {
        slots_[slot] = number;
        if (2 * static_cast<std::size_t>(number + 1) <= slots_.size()) return;
        resize(slots_.size());
        for (i32 i = 0; i <= number; ++i) {
            std::size_t at = hash_of(i) & mask_;
            while (slots_[at] >= 0) at = (at + 1) & mask_;
            slots_[at] = i;
        }
    }

  private:
    void resize(std::size_t expected) {
        std::size_t size = 32;
        while (size < 2 * expected) size *= 2;
        slots_.assign(size, -1);
        mask_ = size - 1;
    }
    std::vector<i32> slots_;
    std::size_t mask_ = 0;
};

class Vertices {
  public:
    explicit Vertices(std::size_t expected) : slots_(expected) { points.reserve(expected); }
    i32 add(Point p) { // number of the vertex at p, new or known
        std::size_t slot;
        const i32 found = slots_.find(hash(p), [&](i32 i) { return points[i] == p; }, slot);
        if (found >= 0) return found;
        const i32 number = static_cast<i32>(points.size());
        points.push_back(p);
        slots_.put(slot, number, [&](i32 i) { return hash(points[i]); });
        return number;
    }
    std::vector<Point> points;

  private:
    static std::uint64_t hash(Point p) {
        return mix(static_cast<std::uint64_t>(p.x), static_cast<std::uint64_t>(p.y));
    }
    Slots slots_;
};

// One entry of an edge's list: how much the winding number of `label` is larger on the left of from → to.
struct Winding {
    i32 label, difference;
};

struct Edge {
    i32 from, to; // vertex numbers; from is the lesser point
};

// Undirected edges; windings of one label add up, and an edge that separates nothing is dropped by `compact`.
class EdgeTable {
  public:
    explicit EdgeTable(std::size_t expected) : slots_(expected) {
        edges_.reserve(expected);
        heads_.reserve(expected);
        nodes_.reserve(expected + expected / 2);
    }
    i32 add(i32 from, i32 to) {
        std::size_t slot;
        const i32 found = slots_.find(
            hash({from, to}), [&](i32 i) { return edges_[i].from == from && edges_[i].to == to; }, slot);
        if (found >= 0) return found;
        const i32 number = static_cast<i32>(edges_.size());
        edges_.push_back({from, to});
        heads_.push_back(-1);
        slots_.put(slot, number, [&](i32 i) { return hash(edges_[i]); });
        return number;
    }
    void wind(i32 edge, i32 label, i32 difference) {
        for (i32 at = heads_[edge]; at >= 0; at = nodes_[at].next)
            if (nodes_[at].label == label) {
                nodes_[at].difference += difference;
                return;
            }
        nodes_.push_back({label, difference, heads_[edge]});
        heads_[edge] = static_cast<i32>(nodes_.size()) - 1;
    }
    std::size_t size() const { return edges_.size(); }
    std::size_t nodes() const { return nodes_.size(); }

    // Edges that separate something, with their lists sorted by label.
    void compact(std::vector<Edge>& edges, std::vector<i32>& starts, std::vector<Winding>& windings) const {
        edges.clear();
        windings.clear();
        edges.reserve(edges_.size());
        windings.reserve(nodes_.size());
        starts.assign(1, 0);
        for (std::size_t e = 0; e < edges_.size(); ++e) {
            const std::size_t begin = windings.size();
            for (i32 at = heads_[e]; at >= 0; at = nodes_[at].next)
                if (nodes_[at].difference != 0) windings.push_back({nodes_[at].label, nodes_[at].difference});
            if (windings.size() == begin) continue;
            std::sort(windings.begin() + static_cast<std::ptrdiff_t>(begin), windings.end(),
                      [](const Winding& a, const Winding& b) { return a.label < b.label; });
            edges.push_back(edges_[e]);
            starts.push_back(static_cast<i32>(windings.size()));
        }
    }

  private:
    struct Node {
        i32 label, difference, next;
    };
    static std::uint64_t hash(Edge e) {
        return mix(static_cast<std::uint64_t>(e.from), static_cast<std::uint64_t>(e.to));
    }
    std::vector<Edge> edges_;
    std::vector<i32> heads_;
    std::vector<Node> nodes_;
    Slots slots_;
};

// A set of edges over numbered vertices, each with what it separates (compressed rows).
struct Linework {
    std::vector<Point> vertices;
    std::vector<Edge> edges;
    std::vector<i32> starts; // windings of edge e: windings[starts[e]] … windings[starts[e + 1] - 1]
    std::vector<Winding> windings;
};

} // namespace spatialhub
