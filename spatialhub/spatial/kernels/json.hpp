// Canonical JSON (RFC 8785), value by value: the same as spatialhub/canonical.py writes.
#pragma once

#include "basics.hpp"

#include <string>
#include <string_view>

namespace spatialhub {

// A value that only the full algorithm writes rightly, or refuses.
struct NotPlain {};

// A text with quotes: escapes what must be and nothing else; throws NotPlain where it is no UTF-8.
void append_text(std::string& json, std::string_view text);
// A whole number; throws NotPlain from 2^53.
void append_whole(std::string& json, i64 value);
// A number as ECMAScript writes it; throws NotPlain where it is large or not a number.
void append_number(std::string& json, double value);

// To so many decimals as Python's `round`: of the number's exact value, ties to even.
double rounded(double value, int decimals);

} // namespace spatialhub
