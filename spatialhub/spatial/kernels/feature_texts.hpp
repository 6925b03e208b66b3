// Features of a snapshot as canonical JSON, from its columns and from areas in units of 1e-4 m².
#pragma once

#include "basics.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spatialhub {

// One attribute of all features, in UTF-8 or as numbers.
struct StoredTexts {
    const i64* starts; // text i is data[starts[i] … starts[i + 1] - 1]
    const char* data;
    i64 bytes;
    const unsigned char* null; // a bit a feature, the first the highest of a byte
};
struct CodedTexts {
    const i32* codes;
    std::vector<std::optional<std::string>> words; // what each code stands for; none: null
};
struct StoredNumbers {
    const double* values; // NaN: null
};
using AttributeColumn = std::variant<StoredTexts, CodedTexts, StoredNumbers>;

// Columns by their role, null where there is none; those of roles hold texts.
struct FeatureColumns {
    const AttributeColumn *id, *name, *class_code, *class_name;
    std::vector<std::pair<std::string, const AttributeColumn*>> shown; // by name, in canonical order
};

// Features by row, with what a site of `site_u` has of each.
struct FeatureAreas {
    const i64 *row, *area_u, *area_plane_u;
    std::size_t count;
    i64 site_u;
};

// JSON objects by id, with commas between them; a feature without an id is known by its row. Throws NotPlain.
std::string features_as_json(const FeatureColumns& columns, const FeatureAreas& areas);

// By id too: the name of each feature, or its id where it has none.
std::vector<std::string> feature_names(const FeatureColumns& columns, const i64* row, std::size_t count);

} // namespace spatialhub
