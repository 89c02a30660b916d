// The main part of train: from the rows to a classifier, with Ctrl-C and checkpoints.
#pragma once
#include <logitape.h>

#include <optional>
#include <string>
#include <vector>

#include "data.h"

namespace command {

// The rows in their parts, and the numbers of the held-out rows in their file, from 1; with a test file, in that file.
struct Parts {
  lt::Examples train, validation, test;
  std::vector<std::int64_t> test_rows;
};
lt::Preprocessing prepared_for(const TrainFlags& f, const lt::Examples& train);
// numbers: those of the rows of `all` in their file.
Parts parts_of(const TrainFlags& f, const lt::Examples& all, const std::vector<std::int64_t>& numbers,
               lt::Generator& rng);

// One training and its results.
struct Trained {
  lt::Classifier classifier;
  lt::Dataset train, test;
  lt::Recipe recipe;
  std::vector<lt::Epoch> history;
  bool interrupted;  // by Ctrl-C, before the training's end
  int best_epoch;
  double seconds;
  std::optional<lt::Calibration> calibration = {};
  std::optional<lt::Threshold> threshold = {};
  std::vector<lt::Threshold> thresholds = {};  // of each label
};
// `watched`: with a bar, Ctrl-C, events and checkpoints; a fold of a cross-validation goes without.
Trained train_on(const TrainFlags& f, const Parts& parts, lt::Generator& rng, bool watched);

}  // namespace command
