// From metres to the integer frame: whole units of 1e-5 m from the plane's zero ("u5").
#pragma once

#include "basics.hpp"

#include <cmath>

namespace spatialhub {

constexpr double U5_PER_METRE = 1e5;
constexpr double LARGEST_COORDINATE_M = 1e8; // beyond any plane on Earth; a difference then still fits 64 bits

// The nearest unit, ties to even: what numpy's rint gives for the same product.
inline i64 to_u5(double metres) {
    if (!(std::abs(metres) <= LARGEST_COORDINATE_M)) {
        throw OutOfRange("a coordinate is not a number, or lies off the plane");
    }
    return static_cast<i64>(std::nearbyint(metres * U5_PER_METRE));
}

// Rounds n / d (d > 0) to the nearest integer, halves upward: the half-open pixel of snap rounding.
inline i64 divide_half_up(i128 n, i128 d) {
    const i128 twice = 2 * n + d;
    const i128 quotient = twice / (2 * d);
    return static_cast<i64>(quotient - (twice % (2 * d) < 0 ? 1 : 0));
}

} // namespace spatialhub
