// Columns of UTF-8 texts: rows that say the same, and the few different values of a column as a dictionary.
#pragma once

#include "basics.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace spatialhub {

// Text i is data[offsets[i] … offsets[i + 1] - 1], or null.
struct TextColumn {
    const i64* offsets;
    const char* data;
    const bool* null;
    std::size_t count;

    std::string_view operator[](std::size_t i) const {
        return {data + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
    }
};

// For each row the first row with the same text. An empty text or a null is named by its row's number, as readers do.
std::vector<i32> first_rows(const TextColumn& texts);

// Numbers different texts in the order they come; gives up above `most`.
class TextCodes {
  public:
    explicit TextCodes(std::size_t most) : most_(most) {}

    // The number of each text, -1 for null; shorter than the column when there are too many different ones.
    std::vector<i32> add(const TextColumn& texts);
    bool overflowed() const { return overflowed_; }
    const std::vector<std::string>& values() const { return values_; }

  private:
    std::size_t most_;
    bool overflowed_ = false;
    std::vector<std::string> values_;
    std::unordered_map<std::string, i32> codes_; // looked up only, never walked through
};

} // namespace spatialhub
