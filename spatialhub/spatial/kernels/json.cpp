#include "json.hpp"

#include <charconv>
#include <cmath>

namespace spatialhub {

namespace {

constexpr i64 LARGEST_WHOLE = i64{1} << 53;
constexpr double PLAIN_FROM = 1e-6, PLAIN_BELOW = 1e16; // ECMAScript writes no exponent in between
constexpr std::size_t MOST_CHARACTERS = 512;            // of the largest number with all its digits

void append_escaped(std::string& json, unsigned char control) {
    static constexpr char HEX[] = "0123456789abcdef";
    switch (control) {
    case '\b': json += "\\b"; break;
    case '\t': json += "\\t"; break;
    case '\n': json += "\\n"; break;
    case '\f': json += "\\f"; break;
    case '\r': json += "\\r"; break;
    default: (json += "\\u00") += {HEX[control >> 4], HEX[control & 15]};
    }
}

// Bytes of the character that begins here, 0 where it is none in UTF-8 (RFC 3629).
std::size_t character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) // neither longer than need be nor half a surrogate pair
        return follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
    if (lead >= 0xF0 && lead <= 0xF4) // up to U+10FFFF
        return follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
    return 0;
}

// d.ddde-07 without the zero in its exponent.
void append_with_exponent(std::string& json, double value) {
    char digits[MOST_CHARACTERS];
    const char* end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr;
    const std::string_view text(digits, static_cast<std::size_t>(end - digits));
    const std::size_t exponent = text.find('e') + 2; // after its sign
    json += text.substr(0, exponent);
    json += text.substr(text.find_first_not_of('0', exponent));
}

} // namespace

void append_text(std::string& json, std::string_view text) {
    json += '"';
    std::size_t done = 0; // what comes before is written; runs without escapes are written at once
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x80) {
            const std::size_t bytes = character(text.substr(at));
            if (!bytes) throw NotPlain{};
            at += bytes;
            continue;
        }
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            ++at;
            continue;
        }
        json.append(text, done, at - done);
        if (byte < 0x20)
            append_escaped(json, byte);
        else
            (json += '\\') += text[at];
        done = ++at;
    }
    json.append(text, done, text.size() - done);
    json += '"';
}

void append_whole(std::string& json, i64 value) {
    if (value <= -LARGEST_WHOLE || value >= LARGEST_WHOLE) throw NotPlain{};
    char digits[24];
    json.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_number(std::string& json, double value) {
    const double size = std::fabs(value);
    if (!(size < PLAIN_BELOW)) throw NotPlain{};
    char digits[MOST_CHARACTERS];
    if (value == std::trunc(value))
        json.append(digits, std::to_chars(digits, digits + sizeof digits, static_cast<i64>(value)).ptr);
    else if (size >= PLAIN_FROM)
        json.append(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed).ptr);
    else
        append_with_exponent(json, value);
}

double rounded(double value, int decimals) {
    char digits[MOST_CHARACTERS];
    const char* end =
        std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals).ptr;
    double found = value;
    std::from_chars(digits, end, found);
    return found;
}

} // namespace spatialhub
