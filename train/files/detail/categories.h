// Gathers the texts of a column while it is read. Not installed.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "logitape/train/files/table.h"

namespace logitape::inline v0::data {

// Numbers first, by their value; then text by its bytes: 2, 10, a.
bool category_before(std::string_view a, std::string_view b);

class Categories {
 public:
  // The place of that text so far; a new text gets the next place.
  double place(std::string_view text);
  // The column with such places as values, its categories in order; a column of numbers if no text was gathered.
  Column column(std::string name, std::vector<double> values);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
};

}  // namespace logitape::inline v0::data
