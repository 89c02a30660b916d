// Figures as SVG text, to be written to a file (train/files/file.h) and looked at in any browser: no scripts, no fonts
// of their own, on a background of their own that follows the reader's light or dark colour scheme.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/metrics/curves.h"
#include "logitape/train/see/report.h"

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
    bool dashed = false;  // to compare with: quiet, without dots
  };
  struct Panel {
    Axis y = {};
    std::vector<Series> series = {};
  };

  std::string title = {};
  Axis x = {};
  std::vector<Panel> panels = {};
  double width = 720;  // pixels; at least 320

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

// Points that are not finite (1e300 is the most), or not above 0 on a log axis, leave a gap in the line: a training
// that went wrong can still be drawn. Errors: no panel, a series whose x and y differ in length, a width below 320.
std::string svg(const LineChart& chart);
// Error: other than rows*columns values, or one that is negative or not finite.
std::string svg(const HeatMap& map);

// The confusion matrix of train/metrics/metrics.h; names: one a class, cut to 24 characters; empty: 0, 1, 2, ...
// Errors: as for class_counts; names of another count.
HeatMap confusion_map(const Tensor& confusion, const std::string& title, std::vector<std::string> names = {});

// Of a training: the loss by epoch, on a log axis, and the accuracy in percent; of what was held out too where there is
// any.
LineChart loss_chart(std::span<const Epoch> history, const std::string& title);
LineChart accuracy_chart(std::span<const Epoch> history, const std::string& title);

// A line a curve, named with its area, against that of chance, which is dashed; of more than 8 curves the 8 of least
// area. names: one a curve, empty: 0, 1, 2, ... Error: names of another count.
LineChart roc_chart(std::span<const RocCurve> curves, const std::string& title,
                    std::span<const std::string> names = {});

// Bars that end at a stroke, the accuracy in each bin, against the diagonal, where a model that is as often right as it
// says would be. The gap between the two has a colour of its own, and beneath stands how many rows each bin has.
std::string svg(const ReliabilityDiagram& diagram);

}  // namespace logitape::inline v0
