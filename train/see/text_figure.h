// The figures of train/see/figure.h as lines of text, each ended by a newline, for a terminal or a log. They are at
// most 80 columns wide, and no wider than a terminal of 40 columns or more. Block and braille characters only if it
// shows Unicode.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "logitape/train/metrics/multilabel.h"
#include "logitape/train/metrics/scores.h"
#include "logitape/train/see/figure.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// A panel is 12 lines high. One line is drawn in dots, several each with their own mark. Gaps and errors as in
// svg(chart).
std::string chart_text(const LineChart& chart, const Terminal& terminal);

// A row for each bin with rows: a bar of the accuracy, and a stroke at the mean confidence. If the model were right as
// often as it is sure, the bar would end at the stroke.
std::string reliability_text(const ReliabilityDiagram& diagram, const Terminal& terminal);

// Precision, recall, F1, rows and, if there are curves, the area under them. A row a class, with "-" if it does not
// occur; then the averages, which leave such classes out. names: one a class, cut to 24 columns; empty: 0, 1, 2, ... Of
// more than `most` classes, those of the lowest F1. Error: a wrong number of names or curves.
std::string scores_text(const ClassScores& scores, std::span<const RocCurve> curves = {},
                        std::span<const std::string> names = {}, std::size_t most = SIZE_MAX);

// The same of labels of which a row has any: precision, recall, F1, rows, and the average precision where there are
// curves; then the mean over the labels, and that of all decisions. Errors and cuts as above.
std::string labels_text(const MultilabelScores& scores, std::span<const PrecisionRecallCurve> curves = {},
                        std::span<const std::string> names = {}, std::size_t most = SIZE_MAX);

}  // namespace logitape::inline v0
