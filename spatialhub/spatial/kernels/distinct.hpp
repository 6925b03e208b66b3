// Which texts came before: the ids of a million features, told apart by their bytes.
#pragma once

#include "tables.hpp"
#include "texts.hpp"

namespace spatialhub {

// Texts one after the other, each different one once; some 50 bytes beside its own.
class DistinctTexts {
  public:
    // The number of a text among the different ones; a new one is kept.
    i32 add(std::string_view text);
    std::size_t size() const { return hashes_.size(); }

  private:
    std::string_view text(i32 number) const;

    Slots slots_{0};
    std::vector<std::uint64_t> hashes_;
    std::vector<std::size_t> ends_;
    std::vector<char> bytes_;
};

} // namespace spatialhub
