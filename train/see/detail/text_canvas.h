// A canvas of characters, and text measured and cut in columns. Not installed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0::train {

// The number of columns: one a character, that is, one for each byte that is not 10xxxxxx.
int columns_of(std::string_view text);
std::string first_columns(std::string_view text, int columns);
// The text, cut or filled with spaces behind it or before it.
std::string left_aligned(std::string_view text, int columns);
std::string right_aligned(std::string_view text, int columns);

// Each name cut to so many columns: it keeps its beginning if that tells all cut names apart, else its end.
std::vector<std::string> shortened(const std::vector<std::string>& names, int columns);

std::string percent(double fraction, int decimals = 1);  // "-" for NaN

// A bar of fraction * columns, in eighths of a character if there is Unicode; spaces make it `columns` wide.
std::string bar(double fraction, int columns, bool unicode);

// Characters for drawing lines: each line has its mark, or is of dots, 2 x 4 in a character.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  // From one point to another; coordinates from 0 to 1, y upwards.
  void line(double x1, double y1, double x2, double y2, std::string_view mark);
  void dotted_line(double x1, double y1, double x2, double y2);
  // A row of characters; the first row is the topmost, and empty characters are spaces.
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
