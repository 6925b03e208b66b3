#include "read_wkb.hpp"

#include <cmath>
#include <cstring>

namespace spatialhub {

namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie in memory");

constexpr std::uint32_t POLYGON = 3, MULTIPOLYGON = 6;
constexpr std::size_t POINT_BYTES = 16;

class Reader {
  public:
    Reader(const std::uint8_t* at, std::size_t left) : at_(at), left_(left) {}
    std::size_t left() const { return left_; }
    template <typename T> bool take(T* to, std::size_t count) {
        if (left_ / sizeof(T) < count) return false;
        std::memcpy(to, at_, count * sizeof(T));
        at_ += count * sizeof(T);
        left_ -= count * sizeof(T);
        return true;
    }

  private:
    const std::uint8_t* at_;
    std::size_t left_;
};

bool take_ring(Reader& reader, PlainPolygons& found) {
    std::uint32_t points;
    if (!reader.take(&points, 1) || points < 4 || reader.left() / POINT_BYTES < points) return false;
    const std::size_t begin = found.coords.size();
    found.coords.resize(begin + 2 * std::size_t{points});
    double* coords = found.coords.data() + begin;
    reader.take(coords, 2 * std::size_t{points});
    double nought = 0;
    for (std::size_t i = 0; i < 2 * std::size_t{points}; ++i) nought += coords[i] * 0; // not a number, unless all are finite
    found.rings.push_back(static_cast<i64>(found.coords.size() / 2));
    const double* last = coords + 2 * (std::size_t{points} - 1);
    return nought == 0 && coords[0] == last[0] && coords[1] == last[1];
}

bool take_head(Reader& reader, std::uint32_t& type, std::uint32_t& members) {
    std::uint8_t little_endian;
    return reader.take(&little_endian, 1) && little_endian == 1 && reader.take(&type, 1) &&
           reader.take(&members, 1) && members > 0;
}

bool take_rings(Reader& reader, std::uint32_t count, PlainPolygons& found) {
    for (std::uint32_t ring = 0; ring < count; ++ring)
        if (!take_ring(reader, found)) return false;
    found.polygons.push_back(static_cast<i64>(found.rings.size()) - 1);
    return true;
}

bool take_feature(Reader& reader, PlainPolygons& found) {
    std::uint32_t type, members, part, rings;
    if (!take_head(reader, type, members)) return false;
    if (type == POLYGON) return take_rings(reader, members, found) && reader.left() == 0;
    if (type != MULTIPOLYGON) return false;
    for (std::uint32_t i = 0; i < members; ++i)
        if (!take_head(reader, part, rings) || part != POLYGON || !take_rings(reader, rings, found)) return false;
    return reader.left() == 0;
}

} // namespace

PlainPolygons read_polygons(const std::uint8_t* bytes, const i64* ends, std::size_t count) {
    PlainPolygons found;
    found.plain.resize(count);
    if (count > 0) found.coords.reserve(static_cast<std::size_t>(ends[count] - ends[0]) / sizeof(double));
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t coords = found.coords.size(), rings = found.rings.size(), polygons = found.polygons.size();
        Reader reader(bytes + ends[i], static_cast<std::size_t>(ends[i + 1] - ends[i]));
        found.plain[i] = take_feature(reader, found);
        if (found.plain[i]) {
            found.features.push_back(static_cast<i64>(found.polygons.size()) - 1);
        } else { // what was taken of it
            found.coords.resize(coords);
            found.rings.resize(rings);
            found.polygons.resize(polygons);
        }
    }
    return found;
}

} // namespace spatialhub
