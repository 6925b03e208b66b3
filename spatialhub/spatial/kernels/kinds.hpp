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

// offset + first code * second_words + second code, for feature row[i] of layer[i]; -1 where its layer has no codes.
std::vector<i64> code_pairs(const std::vector<CodedLayer>& layers, const i32* layer, const i64* row, std::size_t count);

} // namespace spatialhub
