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
// For str(): ", decays only_matrices, groups [0.* {learning_rate_factor 0.1, weight_decay 0}]"; nothing by default.
std::string text_of(const WhichParameters& decays, const std::vector<ParameterGroup>& groups);

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

// One parameter in a step. `first` and `second`, what is remembered of it, are empty in the first step.
struct Step {
  const Tensor &parameter, &gradient;
  Tensor first, second;
  Rates rates;
};
// What a step makes of it.
struct Updated {
  Tensor parameter, first, second;
};
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
// Memory for what becomes of x; x itself where a step is in place, and x exists.
Tensor next_of(const Tensor& x, const Tensor& like);
void* bytes_of(Tensor& x);  // of what next_of made

std::vector<std::string> names_of(std::span<Parameter* const> parameters);

// args_of(step, updated) makes room for what `slot`'s kernel computes, and its arguments: one launch for all of them.
template <class Args, class List, class ArgsOf>
void step_all(const char* op, backends::Kernel<List> backends::Kernels::*slot, Moments& state,
              const RateOptions& options, std::span<Parameter* const> parameters, TensorList gradients,
              ArgsOf args_of) {
  check_step(op, state, parameters, gradients);
  const std::vector<Rates> rates = rates_of(op, options, parameters);
  const bool begins = state.names.empty();
  Moments next;
  Tensors values;
  Pooled<Args> args;
  Pooled<Step> steps;  // what is moved here lives until the launch
  if (begins) next.names = names_of(parameters);
  for (Tensors* list : {&values, &next.first, &next.second}) list->reserve(parameters.size());
  args.reserve(parameters.size());
  steps.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& value = parameters[i]->value;
    const auto remembered = [&](const Tensors& of) { return begins ? Tensor() : copied_to(of[i], value.device()); };
    steps.push_back({value, gradients[i], remembered(state.first), remembered(state.second), rates[i]});
    Updated u;
    args.push_back(args_of(steps.back(), u));
    values.push_back(variable(u.parameter));
    next.first.push_back(std::move(u.first));
    next.second.push_back(std::move(u.second));
  }
  if (!args.empty()) backends::run(op, parameters[0]->value.device(), slot, List{std::ssize(args), args.data()});
  // nothing can fail from here
  static_assert(std::is_nothrow_move_assignable_v<Tensor>);
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i]->value = std::move(values[i]);
  if (begins) state.names.swap(next.names);
  state.first.swap(next.first);
  state.second.swap(next.second);
}

}  // namespace logitape::inline v0::train
