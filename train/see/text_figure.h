// The figures of train/see/figure.h as lines of text, each ended by a newline, for a terminal or a log: at most 80
// columns, and no more than the terminal has from 40 on; block and braille characters only where it shows Unicode.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "logitape/train/metrics/scores.h"
#include "logitape/train/see/figure.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// A panel is 12 lines high: one line of it in dots, several each with a mark of its own. Gaps and errors as in
// svg(chart).
std::string chart_text(const LineChart& chart, const Terminal& terminal);

// A row a bin that has rows: a bar of the accuracy, and a stroke at the mean confidence, where its end would be were
// the model as often right as it is sure.
std::string reliability_text(const ReliabilityDiagram& diagram, const Terminal& terminal);

// Precision, recall, F1, rows and, where there are curves, the area under them: a row a class, "-" where it does not
// occur, then the averages, in which those do not count. names, one a class, are cut to 24 columns; empty: 0, 1, 2, ...
// Of more than `most` classes, those of the lowest F1. Error: names or curves of another count.
std::string scores_text(const ClassScores& scores, std::span<const RocCurve> curves = {},
                        std::span<const std::string> names = {}, std::size_t most = SIZE_MAX);

}  // namespace logitape::inline v0
