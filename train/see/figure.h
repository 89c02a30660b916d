// Figures as SVG text, for a file (train/files/file.h) and any browser. They have no scripts, no fonts, and a
// background that follows the reader's light or dark colour scheme.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/metrics/curves.h"
#include "logitape/train/metrics/precision_recall.h"
#include "logitape/train/see/report.h"

namespace logitape::inline v0 {

// Lines over one shared x axis, in one or more panels above each other. Each panel has a y axis and a legend.
struct LineChart {
  struct Axis {
    std::string label = {};
    bool log = false;    // base 10
    bool whole = false;  // numbers are counts: no ticks between them
  };
  struct Series {
    std::string name = {};
    std::vector<double> x = {}, y = {};
    bool dashed = false;  // for comparison: fainter, without dots
    bool points = false;  // a dot at each place, and no line between them
  };
  struct Panel {
    Axis y = {};
    std::vector<Series> series = {};
  };

  std::string title = {};
  Axis x = {};
  std::vector<Panel> panels = {};
  double width = 720;  // pixels; at least 320

  // Adds a panel below the existing ones.
  LineChart& panel(Axis y, std::vector<Series> series);
};

// A table of counts or other values of 0 or more: the larger, the stronger the colour; zeros are faint.
struct HeatMap {
  std::string title = {};
  std::string rows_label = {}, columns_label = {};
  std::vector<std::string> rows = {}, columns = {};  // the names along the edges
  std::vector<double> values = {};                   // [rows, columns], row-major
  bool diagonal_is_right = false;                    // cells off the diagonal have another colour
};

// A point that is not finite (1e300 is the limit), or not above 0 on a log axis, leaves a gap in the line: a training
// that went wrong can still be drawn. Errors: no panel, a series whose x and y differ in length, a width below 320.
std::string svg(const LineChart& chart);
// Error: other than rows*columns values, or one that is negative or not finite.
std::string svg(const HeatMap& map);

// The confusion matrix of train/metrics/metrics.h. names: one a class, cut to 24 characters; empty: 0, 1, 2, ...
// Errors: as for class_counts; a wrong number of names.
HeatMap confusion_map(const Tensor& confusion, const std::string& title, std::vector<std::string> names = {});

// A training: the loss by epoch, on a log axis; or the accuracy in percent; also for what was held out, if anything
// was.
LineChart loss_chart(std::span<const Epoch> history, const std::string& title);
LineChart accuracy_chart(std::span<const Epoch> history, const std::string& title);

// A line for each curve, named with its area, against the dashed line of chance; of more than 8 curves the 8 of least
// area. names: one a curve; empty: 0, 1, 2, ... Error: a wrong number of names.
LineChart roc_chart(std::span<const RocCurve> curves, const std::string& title,
                    std::span<const std::string> names = {});
// The same of precision against recall, named with the average precision; of more than 8 the 8 of least.
LineChart precision_recall_chart(std::span<const PrecisionRecallCurve> curves, const std::string& title,
                                 std::span<const std::string> names = {});

// Numbers: a dot a row. What was predicted against what is true, and the diagonal of who is right; the residuals, true
// less predicted, against what was predicted, and the line of 0. Of more than 2000 rows 2000, spread over all. Errors:
// those of regression_scores.
LineChart prediction_chart(const Tensor& values, const Tensor& targets, const std::string& title);
LineChart residual_chart(const Tensor& values, const Tensor& targets, const std::string& title);

// Bars of the accuracy in each bin, against the dashed diagonal of a model that is right as often as it says. The gap
// between the two has its own colour; below is the number of rows in each bin.
std::string svg(const ReliabilityDiagram& diagram);

}  // namespace logitape::inline v0
