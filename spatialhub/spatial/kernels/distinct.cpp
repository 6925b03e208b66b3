#include "distinct.hpp"

#include <cstring>
#include <limits>

namespace spatialhub {

namespace {

std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = text.size();
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
        hash = mix(hash, word);
    }
    return hash;
}

} // namespace

std::string_view DistinctTexts::text(i32 number) const {
    const std::size_t begin = number > 0 ? ends_[static_cast<std::size_t>(number) - 1] : 0;
    return {bytes_.data() + begin, ends_[static_cast<std::size_t>(number)] - begin};
}

i32 DistinctTexts::add(std::string_view text) {
    const std::uint64_t hash = hash_of(text);
    std::size_t slot;
    const i32 found = slots_.find(hash, [&](i32 i) { return hashes_[i] == hash && this->text(i) == text; }, slot);
    if (found >= 0) return found;
    if (hashes_.size() >= static_cast<std::size_t>(std::numeric_limits<i32>::max())) {
        throw OutOfRange("more different texts than can be numbered");
    }
    const i32 number = static_cast<i32>(hashes_.size());
    hashes_.push_back(hash);
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    ends_.push_back(bytes_.size());
    slots_.put(slot, number, [&](i32 i) { return hashes_[i]; });
    return number;
}

} // namespace spatialhub
