// Features as flat arrays that came from outside: whether offsets and rings are what every kernel takes for granted,
// and which polygons are valid beyond doubt.
#pragma once

#include "basics.hpp"

namespace spatialhub {

// Offsets that count `items`: ascending from 0, one run holding at least `least`.
bool sound_offsets(const i64* offsets, std::size_t size, i64 items, i64 least);

// Whether coordinates are finite, and rings (of sound offsets) closed.
bool finite(const double* coords, std::size_t numbers);
bool closed_rings(const double* coords, const i64* rings, std::size_t count);

// For each feature 1 where it is valid for sure (one ring of few points, no two of its edges near each other but at
// common ends, decided with room for rounding); 0 where GEOS is to be asked. Coordinates finite, rings closed.
std::vector<std::uint8_t> surely_valid(const double* coords, const i64* rings, const i64* polygons,
                                       const i64* features, std::size_t count);

} // namespace spatialhub
