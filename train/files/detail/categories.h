// What the cells of a text column say, gathered while it is read. Not installed.
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
  // Where that text stands so far; a new one is put at the end.
  double place(std::string_view text);
  // The column whose values are such places, its categories in order; of numbers where no text was gathered.
  Column column(std::string name, std::vector<double> values);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
};

}  // namespace logitape::inline v0::data
