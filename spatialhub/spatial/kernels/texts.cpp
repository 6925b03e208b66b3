#include "texts.hpp"

#include "distinct.hpp"

namespace spatialhub {

namespace {

bool is_unnamed(const TextColumn& texts, std::size_t i) { return texts.null[i] || texts[i].empty(); }

} // namespace

std::vector<i32> first_rows(const TextColumn& texts) {
    DistinctTexts seen;
    std::vector<i32> rows; // the first row of each different text
    std::vector<i32> first(texts.count);
    for (std::size_t i = 0; i < texts.count; ++i) {
        const auto number = static_cast<std::size_t>(
            is_unnamed(texts, i) ? seen.add(std::to_string(i)) : seen.add(texts[i]));
        if (number == rows.size()) rows.push_back(static_cast<i32>(i));
        first[i] = rows[number];
    }
    return first;
}

std::vector<i32> TextCodes::add(const TextColumn& texts) {
    std::vector<i32> codes;
    if (overflowed_) return codes;
    codes.reserve(texts.count);
    std::string text; // kept, so that a look-up allocates nothing
    for (std::size_t i = 0; i < texts.count; ++i) {
        if (texts.null[i]) {
            codes.push_back(-1);
            continue;
        }
        text.assign(texts[i]);
        const auto [at, is_new] = codes_.try_emplace(text, static_cast<i32>(values_.size()));
        if (is_new) {
            values_.push_back(text);
            if (values_.size() > most_) {
                overflowed_ = true;
                codes_.clear();
                values_.clear();
                return codes;
            }
        }
        codes.push_back(at->second);
    }
    return codes;
}

} // namespace spatialhub
