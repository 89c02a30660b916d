// How a classifier of some examples is made unless the user says more: which model, how fast it learns, for how long.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "logitape/train/data/preprocessing.h"
#include "logitape/train/fit/trainer.h"
#include "logitape/train/optim/adam.h"

namespace logitape::inline v0 {

// Plain data, to be changed before use.
struct Recipe {
  std::string architecture;  // for Classifier and build_model
  AdamWOptions optimiser;
  TrainerOptions training;
};

// `model` with sizes from the prepared rows and the classes: "mlp:99;activation=gelu" for rows of 13 numbers and 3
// classes is "mlp:13,99,3;activation=gelu". "mlp" without sizes is "mlp:128,64;dropout=0.2;activation=silu"; for rows
// of 64 numbers or more "mlp:256,128;dropout=0.2;activation=silu"; for free text "text", with the tokenizer's buckets
// and 16 dimensions. Errors: a model that is unknown or does not suit the rows (the error names them); sizes that it
// does not take.
std::string architecture_for(const Preprocessing& prepare, std::string_view model = "mlp");

// How to train on so many rows: AdamW at 0.004 (linear: 0.02) with a weight decay of 0.1, in one cycle; labels smoothed
// by 0.05; batches of 16 to 128 rows; some 3000 steps, in 20 to 100 epochs. Of other tasks than classes loss_of's loss,
// unsmoothed, in some 900 steps, a weight decay of 1, and for numbers no dropout. The same arguments give the same
// recipe; ./tests/run classifiers tells how good it is. Errors: those of architecture_for; rows below 1.
Recipe recipe_for(const Preprocessing& prepare, std::int64_t rows, std::string_view model = "mlp");

}  // namespace logitape::inline v0
