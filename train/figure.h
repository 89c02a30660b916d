// Figures as SVG text, to be written to a file (train/file.h) and looked at in any browser: no scripts, no fonts of their
// own, on a background of their own that follows the reader's light or dark colour scheme.
#pragma once
#include <string>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Lines over one shared x axis, in one panel or several above each other, each with a y axis and a legend.
struct LineChart {
  struct Axis {
    std::string label = {};
    bool log = false;    // base 10
    bool whole = false;  // numbers are counts: no ticks between them
  };
  struct Series {
    std::string name = {};
    std::vector<double> x = {}, y = {};
  };
  struct Panel {
    Axis y = {};
    std::vector<Series> series = {};
  };

  std::string title = {};
  Axis x = {};
  std::vector<Panel> panels = {};

  // Adds a panel beneath those there are.
  LineChart& panel(Axis y, std::vector<Series> series);
};

// A table of counts or other values of 0 and more, the larger the stronger; zeros are quiet.
struct HeatMap {
  std::string title = {};
  std::string rows_label = {}, columns_label = {};
  std::vector<std::string> rows = {}, columns = {};  // the names along the edges
  std::vector<double> values = {};                   // [rows, columns], row-major
  bool diagonal_is_right = false;                    // what is off the diagonal has another colour
};

// Points that are not finite (1e300 is the most), or not above 0 on a log axis, leave a gap in the line: a training that
// went wrong can still be drawn. Error: no panel, or a series whose x and y differ in length.
std::string svg(const LineChart& chart);
// Error: other than rows*columns values, or one that is negative or not finite.
std::string svg(const HeatMap& map);

// The confusion matrix of train/metrics.h; names: one a class, empty: 0, 1, 2, ... Errors: as for class_counts; names of
// another count.
HeatMap confusion_map(const Tensor& confusion, const std::string& title, std::vector<std::string> names = {});

}  // namespace logitape::inline v0
