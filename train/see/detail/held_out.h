// What a report says about the rows that were held out: checked and computed once, for the page and for the text. Not
// installed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/metrics/curves.h"
#include "logitape/train/metrics/precision_recall.h"
#include "logitape/train/metrics/scores.h"
#include "logitape/train/see/training_report.h"

namespace logitape::inline v0::train {

// A row, and the probabilities that the model gave it.
struct HardRow {
  struct Belief {
    std::size_t of;  // the class
    double probability;
  };
  std::size_t row, truth;
  std::vector<Belief>
      beliefs;  // the most probable classes, three at most, in their order; then the true one, if not among them
};

struct HeldOut {
  std::vector<std::string> names;  // of the classes
  Tensor confusion;
  ClassScores scores;
  std::vector<RocCurve> curves;
  std::vector<PrecisionRecallCurve> precision_recall;
  ReliabilityDiagram reliability;
  std::vector<HardRow> hardest;  // the rows whose true class got the least probability, the hardest first

  std::size_t rows() const { return static_cast<std::size_t>(scores.macro.members); }
  // The mean of the existing areas; NaN if there are none.
  double mean_area() const;
};

// Empty if the report has no probabilities. Errors: as for html.
std::optional<HeldOut> held_out(const char* op, const TrainingReport& report);

}  // namespace logitape::inline v0::train
