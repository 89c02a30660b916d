// The options that a checkpoint remembers, each as text that gives the value to the last digit.
#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"
#include "logitape/train/fit/detail/trainer_state.h"

namespace logitape::inline v0::train {
namespace {

std::string text(double x) { return fmt::format("{}", x); }

std::string text(const std::optional<PlateauOptions>& p) {
  return p ? fmt::format("{{factor {}, patience {}, min_delta {}, lowest {}}}", p->factor, p->patience, p->min_delta,
                         p->lowest)
           : "none";
}

std::string text(const std::optional<EarlyStoppingOptions>& e) {
  return e ? fmt::format("{{patience {}, min_delta {}}}", e->patience, e->min_delta) : "none";
}

std::string text(const std::optional<Monitor>& m) {
  constexpr const char* names[] = {"loss", "accuracy", "held_out_loss", "held_out_accuracy"};
  return m ? names[static_cast<std::size_t>(*m)] : "by default";
}

std::string text(const Tensor& weights) {
  return weights.defined() ? fmt::format("[{}]", fmt::join(weights.to_vector<double>(), ", ")) : "none";
}

// Row weights, one a row: their sum and moment tell them from others.
std::string text(const std::vector<double>& weights) {
  if (weights.empty()) return "none";
  double sum = 0, moment = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    moment += weights[i] * static_cast<double>(i);
  }
  return fmt::format("{} of sum {} and moment {}", weights.size(), sum, moment);
}

}  // namespace

int blocks_of(const TrainerOptions& o) { return o.blocks > 0 ? o.blocks : o.world ? 8 : 1; }

Settings settings_of(const TrainerOptions& o, const std::string& optimiser) {
  return {{"optimiser", optimiser},
          {"batch_size", std::to_string(o.batch_size)},
          {"drop_last", o.drop_last ? "true" : "false"},
          {"mixed_precision", o.mixed_precision ? "true" : "false"},
          {"train_only", o.train_only.str()},
          {"seed", std::to_string(o.seed)},
          {"loss", o.loss ? "a function" : "cross_entropy"},
          {"class_weights", text(o.class_weights)},
          {"label_smoothing", text(o.label_smoothing)},
          {"augment", o.augment.str()},
          {"mixup", text(o.mixup)},
          {"row_weights", text(o.row_weights)},
          {"clip.norm", text(o.clip.norm)},
          {"clip.value", text(o.clip.value)},
          {"schedule", o.schedule.str()},
          {"reduce_on_plateau", text(o.reduce_on_plateau)},
          {"early_stopping", text(o.early_stopping)},
          {"monitor", text(o.monitor)},
          {"average_decay", text(o.average_decay)},
          {"blocks", std::to_string(blocks_of(o))}};
}

}  // namespace logitape::inline v0::train
