// Famous mistakes in the rule of softmax cross-entropy, planted in a rule of one's own and found by check_gradients.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/autograd/check/gradient_report.h"
#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0 {

enum class Mistake {
  sign,          // t - S*p into the logits
  missing_mass,  // p - t: S is missing
  missing_lse,   // -x into the labels: lse is missing
  factor_n,      // the mean of n rows forgets to divide the gradient by n
  transposed,    // right numbers, rows and columns exchanged
};
// "sign", "missing-mass", ...
std::string_view name(Mistake mistake);
std::span<const Mistake> all_mistakes();
std::optional<Mistake> mistake_named(std::string_view name);

// The gradients of the rows' softmax cross-entropies, added up or their mean, into logits and labels [rows, classes],
// with the mistake in them; without one: S*p - t and lse - x, each divided by the rows for the mean.
Tensors gradients_with(std::optional<Mistake> mistake, const Tensor& logits, const Tensor& labels, Reduction reduction);

// A rule with the mistake, beside the right one, and what the checker says to it.
struct PlantedMistake {
  Mistake mistake = Mistake::sign;
  std::string right_rule = {}, wrong_rule = {};  // "dloss/dx = S*p - t"
  std::vector<std::string> sentences = {};       // what the mistake does; what was changed so that it can be seen
  Tensor logits = {}, labels = {};               // that were checked, [rows, classes]
  NamedNumbers numbers = {};                     // of the first row: the right gradient, the wrong one
  GradientReport report = {};                    // it fails, and its hint names the mistake

  // Whether the checker found it, and named it.
  bool found() const;
};

// The mistake in the rule for one's own numbers: those of options.row, where one row is enough. Where the mistake could
// not be seen with them (labels of mass 1 hide a missing mass), they are changed, and a sentence says so. Errors: those
// of explain().
PlantedMistake plant(Mistake mistake, const Tensor& logits, const Tensor& labels, const ExplainOptions& options = {});

// Lines, never wider than the terminal's columns if they are 40 or more.
std::string planted_text(const PlantedMistake& planted, const Terminal& terminal);

// The same as one JSON object; "report" is the checker's own.
std::string planted_json(const PlantedMistake& planted);

}  // namespace logitape::inline v0
