// Features as well-known binary (2-D, little endian), written from flat arrays.
#pragma once

#include "split.hpp"

namespace spatialhub {

struct Wkb {
    std::vector<std::uint8_t> bytes;
    std::vector<i64> lengths; // of each feature
};

// `multi[i]` says whether feature i is a MultiPolygon; one of several polygons always is.
Wkb write_wkb(const Features& features, const std::uint8_t* multi);

} // namespace spatialhub
