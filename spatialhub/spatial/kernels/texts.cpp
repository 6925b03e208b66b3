#include "texts.hpp"

namespace spatialhub {

namespace {

bool is_unnamed(const TextColumn& texts, std::size_t i) { return texts.null[i] || texts[i].empty(); }

} // namespace

std::vector<i32> first_rows(const TextColumn& texts) {
    std::vector<std::string> numbers; // texts of rows that have none; reserved, so that views into it stay
    std::size_t unnamed = 0;
    for (std::size_t i = 0; i < texts.count; ++i) unnamed += is_unnamed(texts, i);
    numbers.reserve(unnamed);
    std::unordered_map<std::string_view, i32> seen; // looked up only, never walked through
    seen.reserve(texts.count);
    std::vector<i32> first(texts.count);
    for (std::size_t i = 0; i < texts.count; ++i) {
        std::string_view text = texts[i];
        if (is_unnamed(texts, i)) text = numbers.emplace_back(std::to_string(i));
        first[i] = seen.try_emplace(text, static_cast<i32>(i)).first->second;
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
