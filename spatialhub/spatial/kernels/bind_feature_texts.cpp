// Features as canonical JSON.
#include "feature_texts.hpp"
#include "json.hpp"
#include "module.hpp"

#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>

namespace spatialhub {

namespace {

using Bytes = Array<unsigned char>;

void want(bool holds, const char* what) {
    if (!holds) throw py::value_error(what);
}

// A column with the arrays it reads, which keep the memory map open.
struct HeldColumn {
    py::tuple arrays;
    AttributeColumn column;
    i64 rows;

    static std::shared_ptr<HeldColumn> texts(const Array<i64>& starts, const Bytes& data, const Bytes& null) {
        const i64 rows = starts.size() - 1;
        want(rows >= 0 && 8 * null.size() >= rows, "starts are one longer than the column, null has a bit for each row");
        const StoredTexts column{starts.data(), reinterpret_cast<const char*>(data.data()), data.size(), null.data()};
        return std::make_shared<HeldColumn>(HeldColumn{py::make_tuple(starts, data, null), column, rows});
    }
    static std::shared_ptr<HeldColumn> coded(const Array<i32>& codes, std::vector<std::optional<std::string>> words) {
        return std::make_shared<HeldColumn>(
            HeldColumn{py::make_tuple(codes), CodedTexts{codes.data(), std::move(words)}, codes.size()});
    }
    static std::shared_ptr<HeldColumn> numbers(const Array<double>& values) {
        return std::make_shared<HeldColumn>(
            HeldColumn{py::make_tuple(values), StoredNumbers{values.data()}, values.size()});
    }
};

using Column = std::shared_ptr<HeldColumn>; // null: there is none

class FeatureTexts {
  public:
    FeatureTexts(i64 rows, Column id, Column name, Column class_code, Column class_name,
                 const std::vector<std::pair<std::string, Column>>& shown)
        : rows_(rows), columns_{role(id), role(name), role(class_code), role(class_name), {}} {
        for (const auto& [key, column] : shown) columns_.shown.emplace_back(key, held(column));
    }

    std::optional<py::bytes> json(const Array<i64>& row, const Array<i64>& area_u, const Array<i64>& area_plane_u,
                                  i64 site_u) const {
        want(area_u.size() == row.size() && area_plane_u.size() == row.size(), "areas for each row");
        try {
            return py::bytes(features_as_json(columns_, {rows_of(row), area_u.data(), area_plane_u.data(),
                                                         static_cast<std::size_t>(row.size()), site_u}));
        } catch (const NotPlain&) {
            return std::nullopt;
        }
    }
    std::vector<std::string> names(const Array<i64>& row) const {
        return feature_names(columns_, rows_of(row), static_cast<std::size_t>(row.size()));
    }

  private:
    const AttributeColumn* held(const Column& column) {
        if (!column) return nullptr;
        want(column->rows == rows_, "columns differ in length");
        kept_.push_back(column);
        return &column->column;
    }
    const AttributeColumn* role(const Column& column) {
        want(!column || !std::holds_alternative<StoredNumbers>(column->column), "a role holds texts");
        return held(column);
    }
    const i64* rows_of(const Array<i64>& row) const {
        for (py::ssize_t i = 0; i < row.size(); ++i) want(row.data()[i] >= 0 && row.data()[i] < rows_, "no such row");
        return row.data();
    }

    i64 rows_;
    std::vector<Column> kept_;
    FeatureColumns columns_;
};

} // namespace

void bind_feature_texts(py::module_& module) {
    using namespace py::literals;
    py::class_<HeldColumn, Column>(module, "AttributeColumn", "One attribute of all features of a snapshot.");
    module.def("text_column", &HeldColumn::texts, "starts"_a, "data"_a, "null"_a, "UTF-8; a bit a feature: null.");
    module.def("coded_column", &HeldColumn::coded, "codes"_a, "words"_a, "Few different texts by their codes.");
    module.def("number_column", &HeldColumn::numbers, "values"_a, "Numbers, NaN where null.");
    py::class_<FeatureTexts>(module, "FeatureTexts", "Writes features of a snapshot as canonical JSON.")
        .def(py::init<i64, Column, Column, Column, Column, const std::vector<std::pair<std::string, Column>>&>(),
             "rows"_a, "id"_a, "name"_a, "class_code"_a, "class_name"_a, "shown"_a)
        .def("json", &FeatureTexts::json, "row"_a, "area_u"_a, "area_plane_u"_a, "site_u"_a,
             "Objects by id, with commas between them; None where one is not plain.")
        .def("names", &FeatureTexts::names, "row"_a, "Names by id; the id where there is none.");
}

} // namespace spatialhub
