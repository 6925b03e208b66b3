// What two coded columns say of features of many snapshots, as one number each.
#pragma once

#include "basics.hpp"

namespace spatialhub {

// Codes of one snapshot's features by row; none where the column is absent (then the code is 0).
struct CodedLayer {
    const i32 *first = nullptr, *second = nullptr;
    i64 rows = 0;
    i64 second_words = 1; // codes of the second column are below it
    i64 offset = 0;       // where this snapshot's numbers begin; below 0: it has no codes, nor numbers
};

// What is known of each number: a kind, and whether such a feature is a floor.
struct KnownKinds {
    const i64* kind;
    const bool* floor;
    i64 count;

    static constexpr i64 NONE = -1, UNKNOWN = -2;
};

// Of features: their layer, kind and whether they are floors; NONE and no floor where a layer has no codes. `unknown`
// are the numbers whose kind nobody has looked up yet.
struct FoundKinds {
    std::vector<i64> layer, kind;
    std::vector<char> floor;
    std::vector<i64> unknown;
};

// The number of feature row[i] of snapshot[i] is offset + first code * second_words + second code; `layer` that of each
// snapshot.
FoundKinds find_kinds(const std::vector<CodedLayer>& snapshots, const std::vector<i64>& layer, const KnownKinds& known,
                      const i32* snapshot, const i64* row, std::size_t count);

} // namespace spatialhub
