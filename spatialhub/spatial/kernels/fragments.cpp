#include "fragments.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace spatialhub {

namespace {

// Union-find in which the set joined into keeps its root: the root's key is the set's key.
class Roots {
  public:
    explicit Roots(i64 count) : parent_(static_cast<std::size_t>(count)) {
        for (i64 item = 0; item < count; ++item) parent_[static_cast<std::size_t>(item)] = item;
    }
    i64 find(i64 item) {
        while (parent(item) != item) {
            parent(item) = parent(parent(item));
            item = parent(item);
        }
        return item;
    }
    void join(i64 item, i64 into) { parent(find(item)) = find(into); }

  private:
    i64& parent(i64 item) { return parent_[static_cast<std::size_t>(item)]; }
    std::vector<i64> parent_;
};

// Numbers for sets in the order in which their members are met.
class Numbering {
  public:
    explicit Numbering(i64 count) : number_(static_cast<std::size_t>(count), -1) {}
    i64 of(i64 root) {
        i64& number = number_[static_cast<std::size_t>(root)];
        if (number < 0) number = used_++;
        return number;
    }

  private:
    std::vector<i64> number_;
    i64 used_ = 0;
};

// --- rows told apart ------------------------------------------------------------------------------------------------

std::uint64_t mixed(std::uint64_t seed, std::uint64_t value) {
    value += 0x9e3779b97f4a7c15ULL + seed;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

std::uint64_t hashed(const Rows& rows, const std::vector<i64>& sorted, i64 row) {
    std::uint64_t hash = rows.flags[row];
    for (i64 i = rows.starts[row]; i < rows.starts[row + 1]; ++i)
        hash = mixed(hash, static_cast<std::uint64_t>(sorted[static_cast<std::size_t>(i)]));
    return hash;
}

bool equal_rows(const Rows& rows, const std::vector<i64>& sorted, i64 a, i64 b) {
    const i64 *low = rows.starts + a, *other = rows.starts + b;
    return rows.flags[a] == rows.flags[b] && low[1] - low[0] == other[1] - other[0] &&
           std::equal(sorted.begin() + low[0], sorted.begin() + low[1], sorted.begin() + other[0]);
}

} // namespace

Distinct distinct_rows(const Rows& rows) {
    std::vector<i64> sorted(rows.values, rows.values + rows.starts[rows.count]);
    for (i64 row = 0; row < rows.count; ++row)
        std::sort(sorted.begin() + rows.starts[row], sorted.begin() + rows.starts[row + 1]);
    std::size_t size = 16;
    while (size < static_cast<std::size_t>(rows.count) * 2) size *= 2;
    std::vector<i64> table(size, -1); // open addressing: a slot holds a group
    Distinct found;
    found.group.reserve(static_cast<std::size_t>(rows.count));
    for (i64 row = 0; row < rows.count; ++row) {
        std::size_t slot = hashed(rows, sorted, row) & (size - 1);
        while (table[slot] >= 0 && !equal_rows(rows, sorted, found.first[static_cast<std::size_t>(table[slot])], row))
            slot = (slot + 1) & (size - 1);
        if (table[slot] < 0) {
            table[slot] = static_cast<i64>(found.first.size());
            found.first.push_back(row);
        }
        found.group.push_back(table[slot]);
    }
    return found;
}

std::vector<i64> components(const unsigned char* mask, i64 faces, const Neighbours& pairs) {
    Roots roots(faces);
    for (i64 i = 0; i < pairs.count; ++i)
        if (mask[pairs.first[i]] && mask[pairs.second[i]]) roots.join(pairs.first[i], pairs.second[i]);
    Numbering numbers(faces);
    std::vector<i64> group(static_cast<std::size_t>(faces), -1);
    for (i64 face = 0; face < faces; ++face)
        if (mask[face]) group[static_cast<std::size_t>(face)] = numbers.of(roots.find(face));
    return group;
}

// --- faces joined, slivers merged -----------------------------------------------------------------------------------

namespace {

class Joining {
  public:
    Joining(const KeyedFaces& faces, const Neighbours& pairs) : faces_(faces), pairs_(pairs), roots_(faces.count) {}

    Fragments run() {
        join_equal(false);
        Fragments found;
        collect_slivers();
        if (!slivers_.empty()) {
            list_neighbours();
            for (i64 sliver : slivers_) found.merged += merge(roots_.find(sliver));
            join_equal(true); // a sliver that went may have parted two that are equal
        }
        Numbering numbers(faces_.count);
        for (i64 face = 0; face < faces_.count; ++face) {
            const i64 root = roots_.find(face), number = numbers.of(root);
            if (number == static_cast<i64>(found.key.size())) found.key.push_back(faces_.key[root]);
            found.fragment.push_back(number);
        }
        return found;
    }

  private:
    static std::size_t at(i64 number) { return static_cast<std::size_t>(number); }

    void join_equal(bool of_roots) {
        for (i64 i = 0; i < pairs_.count; ++i) {
            const i64 a = pairs_.first[i], b = pairs_.second[i];
            const i64 left = of_roots ? roots_.find(a) : a, right = of_roots ? roots_.find(b) : b;
            if (faces_.key[left] == faces_.key[right]) roots_.join(a, b);
        }
    }

    // Groups below the limit, smallest first; of equal ones the one with the least face.
    void collect_slivers() {
        area_.assign(at(faces_.count), 0);
        for (i64 face = 0; face < faces_.count; ++face) area_[at(roots_.find(face))] += faces_.area_u[face];
        std::vector<unsigned char> met(at(faces_.count), 0);
        std::vector<std::pair<i64, i64>> small; // area, least face
        for (i64 face = 0; face < faces_.count; ++face) {
            const i64 root = roots_.find(face);
            if (!met[at(root)] && is_sliver(root)) small.emplace_back(area_[at(root)], face);
            met[at(root)] = 1;
        }
        std::sort(small.begin(), small.end());
        for (const auto& row : small) slivers_.push_back(row.second);
    }

    bool is_sliver(i64 root) const { return static_cast<double>(area_[at(root)]) < faces_.limit_u; }

    // Faces of every group and neighbours of every face.
    void list_neighbours() {
        members_.resize(at(faces_.count));
        around_.resize(at(faces_.count));
        for (i64 face = 0; face < faces_.count; ++face) members_[at(roots_.find(face))].push_back(face);
        for (i64 i = 0; i < pairs_.count; ++i) {
            around_[at(pairs_.first[i])].emplace_back(pairs_.second[i], pairs_.length[i]);
            around_[at(pairs_.second[i])].emplace_back(pairs_.first[i], pairs_.length[i]);
        }
    }

    // Gives a sliver to its best neighbour; 1 where there is one.
    i64 merge(i64 root) {
        if (!is_sliver(root)) return 0; // it grew by another one
        const i64 target = best_neighbour(root);
        if (target < 0) return 0;
        roots_.join(root, target);
        area_[at(target)] += area_[at(root)];
        auto& into = members_[at(target)];
        into.insert(into.end(), members_[at(root)].begin(), members_[at(root)].end());
        members_[at(root)].clear();
        return 1;
    }

    // The group under the same governing covers with which most length is shared, of equal ones the least; -1: none.
    i64 best_neighbour(i64 root) {
        std::vector<std::pair<i64, double>> shared;
        for (i64 face : members_[at(root)])
            for (const auto& [other, length] : around_[at(face)]) {
                const i64 target = roots_.find(other);
                if (target == root || faces_.governing[target] != faces_.governing[root]) continue;
                auto row = std::find_if(shared.begin(), shared.end(), [&](auto& each) { return each.first == target; });
                if (row == shared.end()) row = shared.insert(row, {target, 0.0});
                row->second += length;
            }
        std::pair<i64, double> best{-1, 0.0};
        for (const auto& row : shared)
            if (best.first < 0 || row.second > best.second || (row.second == best.second && row.first < best.first))
                best = row;
        return best.first;
    }

    const KeyedFaces& faces_;
    const Neighbours& pairs_;
    Roots roots_;
    std::vector<i64> area_;    // of every root
    std::vector<i64> slivers_; // a face of each
    std::vector<std::vector<i64>> members_;
    std::vector<std::vector<std::pair<i64, double>>> around_;
};

} // namespace

Fragments join_faces(const KeyedFaces& faces, const Neighbours& pairs) { return Joining(faces, pairs).run(); }

} // namespace spatialhub
