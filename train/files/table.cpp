// Columns by name or number. Text is kept as places in a list of the different texts.
#include "logitape/train/files/table.h"

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include <algorithm>
#include <limits>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"
#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/categories.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0 {

std::string Column::text(std::size_t row) const {
  if (is_missing(row)) return "";
  return is_text() ? categories[static_cast<std::size_t>(values[row])] : data::number_text(values[row]);
}

Column text_column(std::string name, std::span<const std::string> cells) {
  data::Categories categories;
  std::vector<double> values;
  for (const std::string& cell : cells)
    values.push_back(cell.empty() ? std::numeric_limits<double>::quiet_NaN() : categories.place(cell));
  return categories.column(std::move(name), std::move(values));
}

std::size_t Table::place_of(std::string_view column) const {
  const auto named = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column; });
  if (named != columns.end()) return static_cast<std::size_t>(named - columns.begin());
  const auto count = static_cast<std::int64_t>(columns.size());
  const std::int64_t number = column.empty() ? -1 : number_in<std::int64_t>(column).value_or(0);
  if (number == 0 || number > count || number < -count) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < std::min<std::size_t>(columns.size(), 20); ++i) names.push_back(columns[i].name);
    fail(ErrorCode::invalid_argument, "Table", "{}no column is named '{}'; there are {}{}",
         path.empty() ? "" : path + ": ", column, fmt::format("{}", fmt::join(names, ", ")),
         columns.size() > 20 ? fmt::format(" and {} more", columns.size() - 20) : "");
  }
  return static_cast<std::size_t>(number > 0 ? number - 1 : count + number);
}

std::vector<std::size_t> Table::places_of(std::string_view names) const {
  const auto is_name = [&](std::string_view name) {
    return std::any_of(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  };
  std::vector<std::size_t> places;
  for (bool more = true; more;) {
    std::size_t end = names.size();
    std::string_view name = data::trimmed(names);
    if (name.starts_with('"') && name.find('"', 1) != std::string_view::npos) {
      const std::size_t begin = names.find('"') + 1, close = names.find('"', begin);
      name = names.substr(begin, close - begin);
      end = std::min(names.find(',', close), names.size());
    } else {
      // the longest part that is a name; if no part is, the first one, which may be a number
      while (!is_name(name) && names.substr(0, end).find(',') != std::string_view::npos) {
        end = names.substr(0, end).rfind(',');
        name = data::trimmed(names.substr(0, end));
      }
    }
    require(!name.empty(), "Table", "{}the name of a column is empty", path.empty() ? "" : path + ": ");
    places.push_back(place_of(name));
    more = end < names.size();
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return places;
}

Table take(const Table& table, std::span<const std::int64_t> rows) {
  for (const std::int64_t row : rows)
    require(row >= 0 && row < table.rows(), ErrorCode::out_of_range, "take", "row {} is outside [0, {})", row,
            table.rows());
  Table taken;
  taken.path = table.path;
  taken.class_names = table.class_names;
  taken.notes = table.notes;
  for (const Column& from : table.columns) {
    Column& to = taken.columns.emplace_back(Column{.name = from.name, .values = {}, .categories = from.categories});
    for (const std::int64_t row : rows) to.values.push_back(from.values[static_cast<std::size_t>(row)]);
  }
  if (!table.lines.empty())
    for (const std::int64_t row : rows) taken.lines.push_back(table.lines[static_cast<std::size_t>(row)]);
  return taken;
}

}  // namespace logitape::inline v0
