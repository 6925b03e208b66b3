#include "wkb.hpp"

#include <cstring>

namespace spatialhub {

namespace {

constexpr std::uint32_t POLYGON = 3, MULTIPOLYGON = 6;
constexpr std::size_t HEAD = 9; // byte order, type, number of members

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie in memory");

class Writer {
  public:
    explicit Writer(std::uint8_t* at) : at_(at) {}
    void head(std::uint32_t type, i64 members) {
        *at_++ = 1;
        number(type);
        number(static_cast<std::uint32_t>(members));
    }
    void number(std::uint32_t value) { copy(&value, sizeof value); }
    void copy(const void* from, std::size_t bytes) {
        std::memcpy(at_, from, bytes);
        at_ += bytes;
    }

  private:
    std::uint8_t* at_;
};

bool is_multi(const Features& features, std::size_t feature, const std::uint8_t* multi) {
    return multi[feature] || features.features[feature + 1] - features.features[feature] != 1;
}

std::size_t length(const Features& features, std::size_t feature, bool multi) {
    const i64 from = features.features[feature], to = features.features[feature + 1];
    const i64 first = features.polygons[from], last = features.polygons[to];
    const auto rings = static_cast<std::size_t>(last - first);
    const auto points = static_cast<std::size_t>(features.rings[last] - features.rings[first]);
    return (multi ? HEAD : 0) + static_cast<std::size_t>(to - from) * HEAD + rings * 4 + points * 16;
}

void write(Writer& writer, const Features& features, std::size_t feature, bool multi) {
    const i64 from = features.features[feature], to = features.features[feature + 1];
    if (multi) writer.head(MULTIPOLYGON, to - from);
    for (i64 polygon = from; polygon < to; ++polygon) {
        const i64 first = features.polygons[polygon], last = features.polygons[polygon + 1];
        writer.head(POLYGON, last - first);
        for (i64 ring = first; ring < last; ++ring) {
            const i64 begin = features.rings[ring], end = features.rings[ring + 1];
            writer.number(static_cast<std::uint32_t>(end - begin));
            writer.copy(features.coords + 2 * begin, static_cast<std::size_t>(end - begin) * 16);
        }
    }
}

} // namespace

Wkb write_wkb(const Features& features, const std::uint8_t* multi) {
    Wkb wkb;
    std::size_t total = 0;
    for (std::size_t i = 0; i < features.count; ++i) {
        const std::size_t bytes = length(features, i, is_multi(features, i, multi));
        wkb.lengths.push_back(static_cast<i64>(bytes));
        total += bytes;
    }
    wkb.bytes.resize(total);
    Writer writer(wkb.bytes.data());
    for (std::size_t i = 0; i < features.count; ++i) write(writer, features, i, is_multi(features, i, multi));
    return wkb;
}

} // namespace spatialhub
