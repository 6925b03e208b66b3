#include "kinds.hpp"

#include <algorithm>

namespace spatialhub {

namespace {

i64 number_of(const CodedLayer& own, i64 row) {
    if (row < 0 || row >= own.rows) throw OutOfRange("no such row");
    const i64 first = own.first ? own.first[row] : 0, second = own.second ? own.second[row] : 0;
    if (first < 0 || second < 0 || second >= own.second_words) throw OutOfRange("a code without a word");
    return own.offset + first * own.second_words + second;
}

} // namespace

FoundKinds find_kinds(const std::vector<CodedLayer>& snapshots, const std::vector<i64>& layer, const KnownKinds& known,
                      const i32* snapshot, const i64* row, std::size_t count) {
    FoundKinds found;
    found.layer.reserve(count);
    found.kind.reserve(count);
    found.floor.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto own = static_cast<std::size_t>(snapshot[i]);
        const CodedLayer& codes = snapshots.at(own);
        found.layer.push_back(layer.at(own));
        const i64 number = codes.offset < 0 ? KnownKinds::NONE : number_of(codes, row[i]);
        if (number >= known.count) throw OutOfRange("a code without a word");
        const i64 kind = number < 0 ? KnownKinds::NONE : known.kind[number];
        if (kind == KnownKinds::UNKNOWN) found.unknown.push_back(number);
        found.kind.push_back(kind);
        found.floor.push_back(number >= 0 && known.floor[number]);
    }
    std::sort(found.unknown.begin(), found.unknown.end());
    found.unknown.erase(std::unique(found.unknown.begin(), found.unknown.end()), found.unknown.end());
    return found;
}

} // namespace spatialhub
