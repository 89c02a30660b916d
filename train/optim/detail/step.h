// One step over all parameters, and the ranges of options, for the optimisers. Not installed.
#pragma once
#include <array>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "logitape/autograd/record.h"
#include "logitape/backends/recording.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/train/nn/detail/ranges.h"
#include "logitape/train/optim/detail/rows.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0::train {

// Error: the option is another number in the parameters' dtype: a finite one becomes infinite, one above 0 becomes 0,
// or one below 1 becomes 1.
void require_held(const char* op, const char* option, double value, DType dtype);
// For a learning rate, which a schedule may take as near to 0 as it likes: only an infinity is an error.
void require_finite_in(const char* op, const char* option, double value, DType dtype);

// Errors: the counts differ, two parameters have one name, the state is of other parameters; a parameter is not
// initialised or neither f32 nor f64, or its gradient is empty or of another shape, dtype or device.
void check_step(const char* op, const Moments& state, std::span<Parameter* const> parameters, TensorList gradients);

// The tensors of a state: those of `first` are called "FIRST/parameter", those of `second` "SECOND/parameter". A null
// name: the state has none of these.
struct MomentNames {
  const char* first;
  const char* second;
};
std::vector<NamedTensor> tensors_of(const Moments& moments, const MomentNames& names);
// The inverse. Errors: the state is another optimiser's, has a tensor or number of another name, or lacks one.
Moments moments_of(const char* op, const OptimiserState& state, const MomentNames& names,
                   std::initializer_list<const char*> numbers);

// What an optimiser's options say of one parameter.
struct Rates {
  double learning_rate, weight_decay;
};
// The same for all parameters: learning_rate * factor; the decay of the group, else the optimiser's, if `decays` says
// so.
struct RateOptions {
  double learning_rate, weight_decay;
  const WhichParameters& decays;
  const std::vector<ParameterGroup>& groups;
};
// Error: a group's factor or decay is outside its range.
void check_groups(const char* op, const std::vector<ParameterGroup>& groups);
// Errors: a pattern that fits none of the parameters; a parameter in two groups.
std::vector<Rates> rates_of(const char* op, const RateOptions& options, std::span<Parameter* const> parameters);
// For str(): ", decays only_matrices, groups [0.* {learning_rate_factor 0.1, weight_decay 0}], lazy_rows 0.weight";
// nothing by default.
std::string text_of(const WhichParameters& decays, const std::vector<ParameterGroup>& groups,
                    const std::optional<WhichParameters>& lazy_rows);

// Where a step that is recorded reads what changes; null: the arguments say it.
template <std::size_t n>
const double* rates_there(const Tensor& parameter, const std::array<double, n>& numbers) {
  backends::Recording* const recording = backends::recording_of(parameter.device());
  return recording ? recording->rates_there(numbers) : nullptr;
}
template <std::size_t n>
void append(StepNumbers& all, const std::array<double, n>& numbers) {
  all.insert(all.end(), numbers.begin(), numbers.end());
}

template <class T>
using Pooled = std::vector<T, memory::PoolAllocator<T>>;

// While one lives, this thread's steps write over parameters and moments, as those that are recorded do: see Graph.
class InPlace {
 public:
  explicit InPlace(bool on) noexcept;
  ~InPlace();
  InPlace(const InPlace&) = delete;
  InPlace& operator=(const InPlace&) = delete;

 private:
  bool outer_;
};
// While one lives, this thread's steps tell it about the parameters that they make, on the cpu.
class SeenParameters {
 public:
  SeenParameters() noexcept;
  ~SeenParameters();
  SeenParameters(const SeenParameters&) = delete;
  SeenParameters& operator=(const SeenParameters&) = delete;

  // Whether every number of them is finite; nothing where the steps do not say. A step by rows tells of those alone: it
  // counts if what it began with was among `finite_before`.
  std::optional<bool> finite(std::span<Parameter* const> parameters, TensorList finite_before) const;

 private:
  friend class StepPlan;
  struct Made {
    const void *before, *now;
    bool by_rows;
  };
  std::vector<Made> made_;
  bool finite_ = true;
  SeenParameters* outer_;
};

// One parameter in a step. `first` and `second`, what is remembered of it, are empty in the first step.
struct Step {
  const Tensor &parameter, &gradient, &first, &second;
  Rates rates;
};
// What a step makes of it; before the step, room for that. A moment that nobody else has is its own room.
struct Updated {
  Tensor parameter, first, second;
};
// The one place where bytes with other readers are written: x's own, by a kernel that reads before it writes.
void* bytes_of(Tensor& x);  // of one of these

// How an optimiser steps, beside its formula.
struct StepOptions {
  int moments;  // how many it remembers of a parameter
  const std::optional<WhichParameters>& lazy_rows;
};

// A step but for its numbers. Nothing has changed before `commit`, which cannot fail.
class StepPlan {
 public:
  // Errors: those of check_step and rates_of; a pattern of lazy_rows that fits nothing; lazy_rows on a device.
  StepPlan(const char* op, Moments& state, const RateOptions& options, const StepOptions& how,
           std::span<Parameter* const> parameters, TensorList gradients);
  std::size_t count() const { return parameters_.size(); }
  Step step(std::size_t i);
  Updated& updated(std::size_t i) { return updated_[i]; }
  // The rows that are worked on; null: all of the parameter.
  const UsedRows* rows(std::size_t i) const { return rows_[i] ? &*rows_[i] : nullptr; }
  // Where the kernel says whether all that it wrote is finite; null: nobody asks, or a device computes.
  bool* finite() { return seen_ ? &finite_ : nullptr; }
  void commit() noexcept;

 private:
  Updated room(const char* op, std::size_t i, const StepOptions& how, Spare* spare);

  Moments& state_;
  std::span<Parameter* const> parameters_;
  TensorList gradients_;
  std::vector<Rates> rates_;
  Tensors first_, second_;  // what is remembered, where the parameters are; empty in the first step
  std::vector<std::optional<UsedRows>> rows_;
  Pooled<Updated> updated_;
  Tensors leaves_;  // of the updated parameters
  Moments next_;
  SeenParameters* seen_ = nullptr;
  bool finite_ = true;
};

std::vector<std::string> names_of(std::span<Parameter* const> parameters);

// `count` elements of an update from element `first` on, with a gradient of their own.
backends::SgdArgs part_of(backends::SgdArgs whole, std::int64_t first, std::int64_t count, const void* gradient);
backends::AdamArgs part_of(backends::AdamArgs whole, std::int64_t first, std::int64_t count, const void* gradient);

// args_of(step, updated) gives the arguments of `slot`'s kernel: one launch for all of them.
template <class Args, class List, class ArgsOf>
void step_all(const char* op, backends::Kernel<List> backends::Kernels::*slot, Moments& state,
              const RateOptions& options, const StepOptions& how, std::span<Parameter* const> parameters,
              TensorList gradients, ArgsOf args_of) {
  StepPlan plan(op, state, options, how, parameters, gradients);
  Pooled<Args> args;
  args.reserve(plan.count());
  for (std::size_t i = 0; i < plan.count(); ++i) {
    const Args whole = args_of(plan.step(i), plan.updated(i));
    if (const UsedRows* rows = plan.rows(i))
      for_each_run(*rows, [&](std::int64_t first, std::int64_t count, const void* gradient) {
        args.push_back(part_of(whole, first, count, gradient));
      });
    else args.push_back(whole);
  }
  if (!args.empty())
    backends::run(op, parameters[0]->value.device(), slot, List{std::ssize(args), args.data(), plan.finite()});
  plan.commit();
}

}  // namespace logitape::inline v0::train
