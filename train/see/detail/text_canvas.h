// A canvas of characters, and text measured and cut in columns. Not installed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0::train {

// In columns: a character is one, and its first byte is not 10xxxxxx.
int columns_of(std::string_view text);
std::string first_columns(std::string_view text, int columns);
// Cut or filled with spaces, behind it or before it.
std::string left_aligned(std::string_view text, int columns);
std::string right_aligned(std::string_view text, int columns);

// Each cut to so many columns: its beginning where that tells all of them apart that are cut at all, else its end.
std::vector<std::string> shortened(const std::vector<std::string>& names, int columns);

std::string percent(double fraction, int decimals = 1);  // "-" for NaN

// A bar of fraction * columns, in eighths of a character where there is Unicode; with spaces, `columns` wide.
std::string bar(double fraction, int columns, bool unicode);

// Characters on which lines are drawn: each by a mark, or as dots, 2 x 4 in a character.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  // From one point to another; coordinates from 0 to 1, y upwards.
  void line(double x1, double y1, double x2, double y2, std::string_view mark);
  void dotted_line(double x1, double y1, double x2, double y2);
  // A row of characters, the first one the topmost; what is empty is a space.
  std::string row(int number) const;

 private:
  struct Cell {
    unsigned dots = 0;
    std::string_view mark = {};
  };
  std::size_t index(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
  }
  Cell& at(int column, int row) { return cells_[index(column, row)]; }
  template <class Put>
  static void walk(double x1, double y1, double x2, double y2, int wide, int high, Put put);

  int columns_, rows_;
  std::vector<Cell> cells_;
};

}  // namespace logitape::inline v0::train
