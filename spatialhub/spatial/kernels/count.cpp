#include "count.hpp"

#include <algorithm>

namespace spatialhub {

namespace {

std::size_t at(i64 number) { return static_cast<std::size_t>(number); }

// One pass over the covers of an arrangement. Order: areas of labels, features that only touch, layers, what counts,
// mismatches, fragments.
class Counting {
  public:
    Counting(const CountedFaces& faces, const CountedLabels& labels, const LayerTerms& terms, const AskVanishing& ask)
        : faces_(faces), labels_(labels), terms_(terms), ask_(ask) {}

    Counted run() {
        sum_labels();
        find_thin();
        sum_layers();
        judge_layers();
        decide_what_counts();
        find_mismatches();
        join();
        return std::move(found_);
    }

  private:
    bool is_candidate(i64 label) const { return label >= labels_.first(); }
    i64 layer(i64 label) const { return labels_.layer[label - labels_.first()]; }
    bool floor(i64 label) const { return labels_.floor[label - labels_.first()]; }
    bool thin(i64 label) const { return thin_[at(label - labels_.first())] != 0; }

    void sum_labels() {
        found_.label_u.assign(at(labels_.size()), 0);
        found_.label_plane_u = found_.label_u;
        found_.touched.assign(at(labels_.size()), 0);
        for (i64 i = 0; i < faces_.covers; ++i) {
            const i64 face = faces_.cover_face[i], label = faces_.cover_label[i];
            found_.label_u[at(label)] += faces_.area_u[face];
            found_.label_plane_u[at(label)] += faces_.plane_u[face];
            found_.touched[at(label)] = 1;
        }
        for (i64 face = 0; face < faces_.count; ++face) {
            found_.site_u += faces_.area_u[face];
            found_.site_plane_u += faces_.plane_u[face];
        }
    }

    // Which groups disappear when their boundary moves inward. The largest circle in an area has at least the radius
    // area / perimeter: one fat face decides for its group, and only what no face decides is asked. Empty groups are gone.
    std::vector<char> vanishing(const GroupedFaces& pairs, const std::vector<double>& half_m) const {
        std::vector<char> gone(half_m.size(), 1), met(half_m.size(), 0);
        for (std::size_t i = 0; i < pairs.face.size(); ++i) {
            const std::size_t group = at(pairs.group[i]);
            met[group] = 1;
            if (faces_.radius_m[pairs.face[i]] > half_m[group]) gone[group] = 0;
        }
        std::vector<i64> place(half_m.size(), -1);
        std::vector<std::size_t> open;
        std::vector<double> open_m;
        for (std::size_t group = 0; group < half_m.size(); ++group) {
            if (!met[group] || !gone[group]) continue;
            place[group] = static_cast<i64>(open.size());
            open.push_back(group);
            open_m.push_back(half_m[group]);
        }
        if (open.empty()) return gone;
        GroupedFaces left;
        for (std::size_t i = 0; i < pairs.face.size(); ++i) {
            if (place[at(pairs.group[i])] < 0) continue;
            left.face.push_back(pairs.face[i]);
            left.group.push_back(place[at(pairs.group[i])]);
        }
        const std::vector<char> answer = ask_(left, open_m);
        for (std::size_t i = 0; i < open.size(); ++i) gone[open[i]] = answer[i];
        return gone;
    }

    // Features of a tessellating layer that only touch: a neighbour's rounded edge designates nothing. Its floors are
    // judged together, as a floor layer is: pieces that add up are no adjacency.
    void find_thin() {
        thin_.assign(at(labels_.candidates), 0);
        const auto group_of = [&](i64 candidate) {
            return labels_.floor[candidate] ? labels_.candidates + labels_.layer[candidate] : candidate;
        };
        GroupedFaces pairs;
        for (i64 i = 0; i < faces_.covers; ++i) {
            const i64 label = faces_.cover_label[i];
            if (!is_candidate(label) || !terms_.tessellates[layer(label)]) continue;
            pairs.face.push_back(faces_.cover_face[i]);
            pairs.group.push_back(group_of(label - labels_.first()));
        }
        if (pairs.face.empty()) return;
        std::vector<double> half_m;
        half_m.reserve(at(labels_.candidates + labels_.layers));
        for (i64 i = 0; i < labels_.candidates; ++i) half_m.push_back(terms_.adjacent_m[labels_.layer[i]]);
        half_m.insert(half_m.end(), terms_.adjacent_m, terms_.adjacent_m + labels_.layers);
        const std::vector<char> gone = vanishing(pairs, half_m);
        for (i64 i = 0; i < labels_.candidates; ++i)
            thin_[at(i)] = terms_.tessellates[labels_.layer[i]] && gone[at(group_of(i))] &&
                           found_.touched[at(labels_.first() + i)];
    }

    // Unions: each face once a layer, for candidates ascend by layer.
    void sum_layers() {
        for (auto* sums : {&found_.area_u, &found_.plane_u, &found_.floor_u}) sums->assign(at(labels_.layers), 0);
        found_.suspected.assign(at(labels_.layers), 0);
        i64 last_face = -1, last_layer = -1, floor_face = -1, floor_layer = -1;
        for (i64 i = 0; i < faces_.covers; ++i) {
            const i64 face = faces_.cover_face[i], label = faces_.cover_label[i];
            if (!is_candidate(label)) continue;
            const i64 own = layer(label);
            if (face != last_face || own != last_layer) {
                found_.area_u[at(own)] += faces_.area_u[face];
                found_.plane_u[at(own)] += faces_.plane_u[face];
                of_layers_.face.push_back(face);
                of_layers_.group.push_back(own);
                last_face = face, last_layer = own;
            }
            if (floor(label) && !thin(label) && (face != floor_face || own != floor_layer)) {
                found_.floor_u[at(own)] += faces_.area_u[face];
                floor_face = face, floor_layer = own;
            }
        }
        for (i64 number = 0; number < labels_.layers; ++number) found_.unchecked_u.push_back(unchecked_u(number));
    }

    i64 unchecked_u(i64 number) const {
        const i64 region = labels_.region_of_layer[number];
        if (region == CountedLabels::EVERYWHERE) return 0;
        return found_.site_u - (region == CountedLabels::NOWHERE ? 0 : found_.label_u[at(labels_.parts + region)]);
    }

    void judge_layers() {
        std::vector<char> met(at(labels_.layers), 0), counting(at(labels_.layers), 0);
        for (const i64 number : of_layers_.group) met[at(number)] = 1;
        for (i64 i = 0; i < labels_.candidates; ++i)
            if (found_.touched[at(labels_.first() + i)] && !thin_[at(i)]) counting[at(labels_.layer[i])] = 1;
        const std::vector<char> narrow = vanishing(
            of_layers_, std::vector<double>(terms_.adjacent_m, terms_.adjacent_m + labels_.layers));
        found_.code.assign(at(labels_.layers), ANSWER_HIT);
        for (i64 number = 0; number < labels_.layers; ++number) {
            const bool all_thin = terms_.tessellates[number] && !counting[at(number)];
            if (!met[at(number)]) found_.code[at(number)] = ANSWER_NOTHING;
            else if (all_thin || narrow[at(number)]) found_.code[at(number)] = ANSWER_ADJACENT;
        }
        find_traces();
        for (i64 number = 0; number < labels_.layers; ++number) {
            i64& floor_u = found_.floor_u[at(number)];
            if (found_.code[at(number)] != ANSWER_HIT) floor_u = 0;
            found_.suspected[at(number)] = floor_u > 0 && static_cast<double>(floor_u) < terms_.digitising_error_u;
        }
    }

    // Small overlaps, and larger ones that are narrow; a floor has no trace band.
    void find_traces() {
        std::vector<char> asked(at(labels_.layers), 0);
        for (i64 number = 0; number < labels_.layers; ++number) {
            if (found_.code[at(number)] != ANSWER_HIT || terms_.floor[number]) continue;
            const auto area_u = static_cast<double>(found_.area_u[at(number)]);
            if (area_u < terms_.trace_below_u[number]) found_.code[at(number)] = ANSWER_TRACE;
            else asked[at(number)] = area_u < terms_.trace_total_factor * terms_.trace_below_u[number];
        }
        if (std::find(asked.begin(), asked.end(), 1) == asked.end()) return;
        GroupedFaces pairs;
        for (std::size_t i = 0; i < of_layers_.face.size(); ++i) {
            if (!asked[at(of_layers_.group[i])]) continue;
            pairs.face.push_back(of_layers_.face[i]);
            pairs.group.push_back(of_layers_.group[i]);
        }
        const std::vector<char> narrow = vanishing(
            pairs, std::vector<double>(terms_.trace_half_m, terms_.trace_half_m + labels_.layers));
        for (i64 number = 0; number < labels_.layers; ++number)
            if (asked[at(number)] && narrow[at(number)]) found_.code[at(number)] = ANSWER_TRACE;
    }

    void decide_what_counts() {
        found_.counts.assign(at(labels_.size()), 1);
        for (i64 label = labels_.first(); label < labels_.size(); ++label)
            found_.counts[at(label)] = found_.code[at(layer(label))] == ANSWER_HIT && !thin(label);
    }

    // Thin gaps and thin double covers of a tessellating layer that answers there.
    void find_mismatches() {
        found_.mismatch.assign(at(faces_.count), 0);
        for (i64 number = 0; number < labels_.layers; ++number) {
            if (!terms_.tessellates[number] || found_.code[at(number)] != ANSWER_HIT) continue;
            const i64 region = labels_.region_of_layer[number];
            const i64 cut_by = region >= 0 ? labels_.parts + region : -1;
            std::vector<i64> depth(at(faces_.count), 0);
            std::vector<char> answers(at(faces_.count), region == CountedLabels::EVERYWHERE);
            for (i64 i = 0; i < faces_.covers; ++i) {
                const i64 face = faces_.cover_face[i], label = faces_.cover_label[i];
                if (is_candidate(label)) depth[at(face)] += layer(label) == number && found_.counts[at(label)];
                else if (label == cut_by) answers[at(face)] = 1;
            }
            std::vector<unsigned char> gap(at(faces_.count)), twice(at(faces_.count));
            for (std::size_t face = 0; face < depth.size(); ++face) {
                gap[face] = depth[face] == 0 && answers[face];
                twice[face] = depth[face] > 1;
            }
            flag_narrow(gap);
            flag_narrow(twice);
        }
    }

    void flag_narrow(const std::vector<unsigned char>& odd) {
        if (std::find(odd.begin(), odd.end(), 1) == odd.end()) return;
        const std::vector<i64> group = components(odd.data(), faces_.count, faces_.neighbours);
        GroupedFaces pairs;
        i64 groups = 0;
        for (i64 face = 0; face < faces_.count; ++face) {
            if (group[at(face)] < 0) continue;
            pairs.face.push_back(face);
            pairs.group.push_back(group[at(face)]);
            groups = std::max(groups, group[at(face)] + 1);
        }
        const std::vector<char> gone = vanishing(pairs, std::vector<double>(at(groups), terms_.mismatch_half_m));
        for (std::size_t i = 0; i < pairs.face.size(); ++i)
            if (gone[at(pairs.group[i])]) found_.mismatch[at(pairs.face[i])] = 1;
    }

    // Faces told apart by those of their labels that `asked` takes, and by a flag.
    template <typename Asked> Distinct distinct(const Asked& asked, const std::vector<char>& flag) const {
        std::vector<i64> starts{0}, values;
        starts.reserve(at(faces_.count + 1));
        values.reserve(at(faces_.covers));
        i64 i = 0;
        for (i64 face = 0; face < faces_.count; ++face) {
            for (; i < faces_.covers && faces_.cover_face[i] == face; ++i)
                if (asked(faces_.cover_label[i])) values.push_back(faces_.cover_label[i]);
            starts.push_back(static_cast<i64>(values.size()));
        }
        const auto* flags = reinterpret_cast<const unsigned char*>(flag.data());
        return distinct_rows({starts.data(), values.data(), flags, faces_.count});
    }

    // A merge of slivers leaves as they are: floors, parts, where layers are unchecked, the jurisdiction.
    void join() {
        const auto counts = [&](i64 label) { return found_.counts[at(label)] != 0; };
        const auto governs = [&](i64 label) { return counts(label) && (!is_candidate(label) || floor(label)); };
        Distinct covers = distinct(counts, found_.mismatch);
        const Distinct governing = distinct(governs, std::vector<char>(at(faces_.count), 0));
        const double limit_u = std::min(terms_.sliver_u, terms_.sliver_share * static_cast<double>(found_.site_u));
        found_.joined = join_faces(
            {covers.group.data(), governing.group.data(), faces_.area_u, faces_.count, limit_u}, faces_.neighbours);
        found_.key = std::move(covers.group);
        found_.key_first = std::move(covers.first);
        found_.fragment_u.assign(found_.joined.key.size(), 0);
        found_.fragment_plane_u = found_.fragment_u;
        for (i64 face = 0; face < faces_.count; ++face) {
            const std::size_t fragment = at(found_.joined.fragment[at(face)]);
            found_.fragment_u[fragment] += faces_.area_u[face];
            found_.fragment_plane_u[fragment] += faces_.plane_u[face];
        }
    }

    const CountedFaces& faces_;
    const CountedLabels& labels_;
    const LayerTerms& terms_;
    const AskVanishing& ask_;
    Counted found_;
    std::vector<char> thin_;  // of every candidate
    GroupedFaces of_layers_;  // every face once for each layer that covers it
};

} // namespace

Counted count_covers(const CountedFaces& faces, const CountedLabels& labels, const LayerTerms& terms,
                     const AskVanishing& ask) {
    return Counting(faces, labels, terms, ask).run();
}

} // namespace spatialhub
