#include "kinds.hpp"

namespace spatialhub {

std::vector<i64> code_pairs(const std::vector<CodedLayer>& layers, const i32* layer, const i64* row,
                            std::size_t count) {
    std::vector<i64> pairs;
    pairs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const CodedLayer& own = layers.at(static_cast<std::size_t>(layer[i]));
        if (own.offset < 0) {
            pairs.push_back(-1);
            continue;
        }
        if (row[i] < 0 || row[i] >= own.rows) throw OutOfRange("no such row");
        const i64 first = own.first ? own.first[row[i]] : 0, second = own.second ? own.second[row[i]] : 0;
        if (first < 0 || second < 0 || second >= own.second_words) throw OutOfRange("a code without a word");
        pairs.push_back(own.offset + first * own.second_words + second);
    }
    return pairs;
}

} // namespace spatialhub
