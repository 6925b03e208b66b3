#include "feature_texts.hpp"

#include "json.hpp"

#include <algorithm>
#include <cmath>

namespace spatialhub {

namespace {

constexpr int SHARE_DECIMALS = 9;
constexpr std::size_t USUAL_BYTES = 256; // of one feature

using Text = std::optional<std::string_view>; // none: null

struct TextAt {
    i64 row;

    Text operator()(const StoredTexts& column) const {
        if (column.null[row >> 3] & 0x80 >> (row & 7)) return std::nullopt;
        const i64 begin = column.starts[row], end = column.starts[row + 1];
        if (begin < 0 || end < begin || end > column.bytes) throw OutOfRange("a text beyond its column");
        return std::string_view(column.data + begin, static_cast<std::size_t>(end - begin));
    }
    Text operator()(const CodedTexts& column) const {
        const auto& word = column.words.at(static_cast<std::size_t>(column.codes[row]));
        return word ? Text(*word) : std::nullopt;
    }
    Text operator()(const StoredNumbers&) const { throw OutOfRange("numbers where texts are needed"); }
};

// What a role says: empty where it says nothing.
std::string_view said(const AttributeColumn* column, i64 row) {
    return column ? std::visit(TextAt{row}, *column).value_or("") : "";
}

struct IdAndPlace {
    std::string id;
    std::size_t place;
    // UTF-8 sorts as the code points it stands for.
    bool operator<(const IdAndPlace& other) const {
        const int order = id.compare(other.id);
        return order < 0 || (order == 0 && place < other.place);
    }
};

std::vector<IdAndPlace> by_id(const AttributeColumn* ids, const i64* row, std::size_t count) {
    std::vector<IdAndPlace> found;
    found.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view id = said(ids, row[i]);
        found.push_back({id.empty() ? std::to_string(row[i]) : std::string(id), i});
    }
    std::sort(found.begin(), found.end());
    return found;
}

// `"key":value,`, or nothing where the value is null.
void append_attribute(std::string& json, const std::string& key, const AttributeColumn& column, i64 row) {
    const auto begin = [&] {
        append_text(json, key);
        json += ':';
    };
    if (const auto* numbers = std::get_if<StoredNumbers>(&column)) {
        if (std::isnan(numbers->values[row])) return;
        begin();
        append_number(json, numbers->values[row]);
    } else {
        const Text text = std::visit(TextAt{row}, column);
        if (!text) return;
        begin();
        append_text(json, *text);
    }
    json += ',';
}

double share(i64 units, i64 of) {
    return of ? std::min(1.0, rounded(static_cast<double>(units) / static_cast<double>(of), SHARE_DECIMALS)) : 0.0;
}

void close(std::string& json, char bracket) { // in place of the last comma, if any
    if (json.back() == ',') json.pop_back();
    json += bracket;
}

} // namespace

std::string features_as_json(const FeatureColumns& columns, const FeatureAreas& areas) {
    std::string json;
    append_whole(json, areas.site_u); // only to refuse what no double holds
    json.clear();
    json.reserve(areas.count * USUAL_BYTES);
    for (const auto& [id, place] : by_id(columns.id, areas.row, areas.count)) {
        const i64 row = areas.row[place];
        json += "{\"area_m2\":";
        append_whole(json, areas.area_u[place]);
        json += ",\"area_plane_m2\":";
        append_whole(json, areas.area_plane_u[place]);
        json += ",\"attributes\":{";
        for (const auto& [key, column] : columns.shown) append_attribute(json, key, *column, row);
        close(json, '}');
        json += ",\"class\":";
        append_text(json, said(columns.class_code, row));
        json += ",\"class_name\":";
        append_text(json, said(columns.class_name, row));
        json += ",\"id\":";
        append_text(json, id);
        json += ",\"name\":";
        append_text(json, said(columns.name, row));
        json += ",\"share\":";
        append_number(json, share(areas.area_u[place], areas.site_u));
        json += "},";
    }
    if (!json.empty()) json.pop_back();
    return json;
}

std::vector<std::string> feature_names(const FeatureColumns& columns, const i64* row, std::size_t count) {
    std::vector<std::string> names;
    names.reserve(count);
    for (const auto& [id, place] : by_id(columns.id, row, count)) {
        const std::string_view name = said(columns.name, row[place]);
        names.emplace_back(name.empty() ? id : name);
    }
    return names;
}

} // namespace spatialhub
