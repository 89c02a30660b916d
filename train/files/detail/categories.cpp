// Texts get places in the order they come, and are sorted when all are known.
#include "logitape/train/files/detail/categories.h"

#include <algorithm>
#include <tuple>

#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {

bool category_before(std::string_view a, std::string_view b) {
  double x = 0, y = 0;
  const bool a_is_text = !parse_number(a, x), b_is_text = !parse_number(b, y);
  if (a_is_text) x = 0;
  if (b_is_text) y = 0;
  return std::tuple(a_is_text, x, a) < std::tuple(b_is_text, y, b);
}

double Categories::place(std::string_view text) {
  const auto found = places_.find(text);
  if (found != places_.end()) return static_cast<double>(found->second);
  return static_cast<double>(places_.emplace(text, places_.size()).first->second);
}

Column Categories::column(std::string name, std::vector<double> values) {
  Column column{.name = std::move(name), .values = std::move(values), .categories = {}};
  if (places_.empty()) return column;  // a column of numbers
  std::vector<std::size_t> in_order(places_.size());
  for (const auto& [text, place] : places_) column.categories.push_back(text);
  std::sort(column.categories.begin(), column.categories.end(), category_before);
  for (std::size_t i = 0; i < in_order.size(); ++i) in_order[places_.find(column.categories[i])->second] = i;
  for (double& value : column.values)
    if (value == value) value = static_cast<double>(in_order[static_cast<std::size_t>(value)]);
  return column;
}

}  // namespace logitape::inline v0::data
