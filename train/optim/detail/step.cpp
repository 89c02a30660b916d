// What SGD and Adam check before they step, so that a step that fails changes nothing.
#include "logitape/train/optim/detail/step.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {
namespace {

void check_names(const char* op, std::span<Parameter* const> parameters) {
  std::vector<std::string> names = names_of(parameters);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  require(twice == names.end(), op,
          "two parameters are named \"{}\": put them in a Sequential, or give one a prefix with named()",
          twice == names.end() ? "" : *twice);
}

void check_state(const char* op, const Moments& state, std::span<Parameter* const> parameters) {
  require(state.names.size() == parameters.size(), op,
          "its state is of {} parameters, the model has {}: a changed model needs a new optimiser", state.names.size(),
          parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i]->name;
    const Tensor& value = parameters[i]->value;
    require(state.names[i] == name, op,
            "its state is of parameter \"{}\" where the model has \"{}\": a changed model needs a new optimiser",
            state.names[i], name);
    for (const Tensor* remembered : {&state.first[i], &state.second[i]})
      require(!remembered->defined() || (remembered->shape() == value.shape() && remembered->dtype() == value.dtype()),
              op, "its state of \"{}\" is {}, the parameter {}: a changed model needs a new optimiser", name,
              *remembered, value);
  }
}

}  // namespace

void require_finite_in(const char* op, const char* option, double value, DType dtype) {
  const bool fits = dtype != DType::f32 || std::isfinite(static_cast<float>(value));
  require(fits, ErrorCode::out_of_range, op, "{} {} is above what {} holds, the dtype of what it changes", option,
          value, dtype);
}

void require_held(const char* op, const char* option, double value, DType dtype) {
  require_finite_in(op, option, value, dtype);
  const auto narrow = static_cast<double>(static_cast<float>(value));
  const bool held = dtype != DType::f32 || ((narrow == 0) == (value == 0) && (narrow == 1) == (value == 1));
  require(held, ErrorCode::out_of_range, op, "{} {} becomes {} in {}, the dtype of what it changes", option, value,
          narrow, dtype);
}

void check_step(const char* op, const Moments& state, std::span<Parameter* const> parameters, TensorList gradients) {
  require(gradients.size() == parameters.size(), op, "{} gradients are given for {} parameters", gradients.size(),
          parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& p = initialised(op, *parameters[i]);
    const Tensor& g = gradients[i];
    require(is_arithmetic(p.dtype()), ErrorCode::unsupported, op,
            "parameter \"{}\" is {}: weights are f32 or f64, cast it, .to(DType::f32)", parameters[i]->name, p);
    require(g.defined() && g.shape() == p.shape() && g.dtype() == p.dtype() && g.device() == p.device(), op,
            "gradient {} is {}, its parameter \"{}\" is {}", i, g, parameters[i]->name, p);
  }
  if (state.names.empty()) check_names(op, parameters);
  else check_state(op, state, parameters);
}

void check_groups(const char* op, const std::vector<ParameterGroup>& groups) {
  for (const ParameterGroup& group : groups) {
    const double factor = group.learning_rate_factor;
    require(std::isfinite(factor) && factor > 0, ErrorCode::out_of_range, op,
            "group \"{}\" has learning_rate_factor {}; a finite number above 0 is needed, and train_only for "
            "parameters that are to stay as they are",
            group.parameters.str(), factor);
    require_at_least_0(op, "a group's weight_decay", group.weight_decay.value_or(0));
  }
}

std::vector<Rates> rates_of(const char* op, const RateOptions& o, std::span<Parameter* const> parameters) {
  check_patterns(op, "decays ", o.decays, parameters);
  for (const ParameterGroup& group : o.groups) check_patterns(op, "group ", group.parameters, parameters);
  std::vector<Rates> rates;
  rates.reserve(parameters.size());
  for (const Parameter* p : parameters) {
    const ParameterGroup* own = nullptr;
    for (const ParameterGroup& group : o.groups) {
      if (!group.parameters(*p)) continue;
      require(!own, op, "parameter \"{}\" is in two groups, \"{}\" and \"{}\"", p->name,
              own ? own->parameters.str() : "", group.parameters.str());
      own = &group;
    }
    const double rate = own ? o.learning_rate * own->learning_rate_factor : o.learning_rate;
    require(std::isfinite(rate), ErrorCode::out_of_range, op, "learning_rate {} times the factor of group \"{}\" is {}",
            o.learning_rate, own ? own->parameters.str() : "", rate);
    const double decay = own ? own->weight_decay.value_or(o.weight_decay) : o.weight_decay;
    rates.push_back({rate, o.decays(*p) ? decay : 0});
  }
  return rates;
}

std::string text_of(const WhichParameters& decays, const std::vector<ParameterGroup>& groups,
                    const std::optional<WhichParameters>& lazy_rows) {
  std::string text = decays.all() ? "" : ", decays " + decays.str();
  for (const ParameterGroup& group : groups) {
    text += fmt::format("{}{} {{learning_rate_factor {}", &group == &groups.front() ? ", groups [" : ", ",
                        group.parameters.str(), group.learning_rate_factor);
    if (group.weight_decay) text += fmt::format(", weight_decay {}", *group.weight_decay);
    text += &group == &groups.back() ? "}]" : "}";
  }
  if (lazy_rows) text += ", lazy_rows " + lazy_rows->str();
  return text;
}

std::vector<NamedTensor> tensors_of(const Moments& moments, const MomentNames& names) {
  std::vector<NamedTensor> tensors;
  const auto show = [&](const char* kind, const Tensors& list) {
    for (std::size_t i = 0; kind && i < list.size(); ++i)
      if (list[i].defined()) tensors.push_back({std::string(kind) + "/" + moments.names[i], list[i]});
  };
  show(names.first, moments.first);
  show(names.second, moments.second);
  return tensors;
}

Moments moments_of(const char* op, const OptimiserState& state, const MomentNames& names,
                   std::initializer_list<const char*> numbers) {
  require(state.optimiser == op, op, "the state is that of {}", state.optimiser);
  for (const char* number : numbers) require(state.numbers.contains(number), op, "the state has no \"{}\"", number);
  require(state.numbers.size() == numbers.size(), op, "the state has {} numbers, {} are needed", state.numbers.size(),
          numbers.size());
  Moments moments;
  std::vector<std::string> second_names;
  for (const auto& [name, tensor] : state.tensors) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    const std::string kind = name.substr(0, slash), parameter = name.substr(std::min(slash + 1, name.size()));
    const bool is_first = names.first && kind == names.first;
    require(is_first || (names.second && kind == names.second), op,
            "the state has a tensor \"{}\"; this optimiser has none of that name", name);
    require(tensor.defined(), op, "the state's \"{}\" is an empty tensor", name);
    (is_first ? moments.names : second_names).push_back(parameter);
    (is_first ? moments.first : moments.second).push_back(tensor);
  }
  require(!names.second || moments.names == second_names, op, "the state has \"{}\" of other parameters than \"{}\"",
          names.second ? names.second : "", names.first ? names.first : "");
  moments.second.resize(moments.first.size());
  return moments;
}

static constinit thread_local bool in_place = false;
InPlace::InPlace(bool on) noexcept : outer_(std::exchange(in_place, on)) {}
InPlace::~InPlace() { in_place = outer_; }

static constinit thread_local SeenParameters* asked = nullptr;
SeenParameters::SeenParameters() noexcept : outer_(std::exchange(asked, this)) {}
SeenParameters::~SeenParameters() { asked = outer_; }

std::optional<bool> SeenParameters::finite(std::span<Parameter* const> parameters, TensorList finite_before) const {
  if (made_.size() != parameters.size()) return {};
  for (std::size_t i = 0; i < made_.size(); ++i) {
    const auto [before, now, by_rows] = made_[i];
    if (parameters[i]->value.data() != now) return {};
    if (by_rows && (i >= finite_before.size() || finite_before[i].data() != before)) return {};
  }
  return finite_;
}

// The one place where bytes with other readers are written: x's own, by a kernel that reads before it writes, and what
// is captured as a Graph.
void* bytes_of(Tensor& x) { return x.sole_owner() ? x.writable() : const_cast<void*>(x.data()); }

StepPlan::StepPlan(const char* op, Moments& state, const RateOptions& options, const StepOptions& how,
                   std::span<Parameter* const> parameters, TensorList gradients)
    : state_(state), parameters_(parameters), gradients_(gradients) {
  check_step(op, state, parameters, gradients);
  rates_ = rates_of(op, options, parameters);
  if (how.lazy_rows) check_patterns(op, "lazy_rows ", *how.lazy_rows, parameters);
  if (state.names.empty()) next_.names = train::names_of(parameters);
  first_.resize(count());
  second_.resize(count());
  rows_.resize(count());
  updated_.reserve(count()), leaves_.reserve(count());
  next_.first.reserve(count()), next_.second.reserve(count());
  Spares spares = std::exchange(state.spares, {});  // a step that fails has used them up
  for (std::size_t i = 0; i < count(); ++i) {
    Updated& u = updated_.emplace_back(room(op, i, how, spares.of.empty() ? nullptr : &spares.of[i]));
    leaves_.push_back(variable(u.parameter));
    next_.first.push_back(u.first);
    next_.second.push_back(u.second);
    if (!rows_[i]) continue;
    next_.spares.of.resize(count());
    next_.spares.of[i] = {
        rows_[i]->at, {u.parameter, u.first, u.second}, {parameters[i]->value.without_node(), first_[i], second_[i]}};
  }
  if (asked && count() > 0 && parameters[0]->value.device() == Device::cpu()) {
    asked->made_.reserve(asked->made_.size() + count());
    seen_ = asked;
  }
}

Updated StepPlan::room(const char* op, std::size_t i, const StepOptions& how, Spare* spare) {
  const Tensor& value = parameters_[i]->value;
  const bool begins = state_.names.empty();
  const auto alone = [&](const Tensors& of) { return !begins && of[i].sole_owner(); };
  const bool reused[] = {value.sole_owner(), alone(state_.first), alone(state_.second)};
  if (!begins) {
    first_[i] = copied_to(state_.first[i], value.device());
    second_[i] = copied_to(state_.second[i], value.device());
  }
  if (how.lazy_rows && (*how.lazy_rows)(*parameters_[i]) && value.rank() >= 2) {
    require(value.device() == Device::cpu(), ErrorCode::unsupported, op,
            "lazy_rows \"{}\" has parameter \"{}\", which is on {}: rows are left alone on the cpu only",
            how.lazy_rows->str(), parameters_[i]->name, value.device());
    rows_[i] = used_rows(gradients_[i]);
  } else if (how.moments == 0 && rates_[i].weight_decay == 0 && !in_place) {
    rows_[i] = named_rows(gradients_[i]);  // p - rate*0 is p
  }
  const auto next = [&](std::size_t k, const Tensor& x) {
    if (rows_[i]) return writable_table(spare, k, x, value);
    if (x.defined() && (in_place || (reused[k] && x.device() == value.device()))) return x.without_node();
    return Tensor::uninitialised(value.shape(), value.dtype(), value.device());
  };
  return {next(0, value), how.moments > 0 ? next(1, first_[i]) : Tensor(),
          how.moments > 1 ? next(2, second_[i]) : Tensor()};
}

Step StepPlan::step(std::size_t i) {
  const Tensor& gradient = rows_[i] ? rows_[i]->values : gradients_[i];  // the table of it is not read
  return {parameters_[i]->value, gradient, first_[i], second_[i], rates_[i]};
}

void StepPlan::commit() noexcept {
  static_assert(std::is_nothrow_move_assignable_v<Tensor>);
  for (std::size_t i = 0; i < count(); ++i) {
    if (seen_) seen_->made_.push_back({parameters_[i]->value.data(), leaves_[i].data(), rows_[i].has_value()});
    parameters_[i]->value = std::move(leaves_[i]);
  }
  if (seen_) seen_->finite_ = seen_->finite_ && finite_;
  if (state_.names.empty()) state_.names.swap(next_.names);
  state_.first.swap(next_.first);
  state_.second.swap(next_.second);
  state_.spares = std::move(next_.spares);
}

namespace {
template <class T>
void go_on(T*& x, std::int64_t bytes) {
  using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
  if (x) x = static_cast<Byte*>(x) + bytes;
}
}  // namespace

backends::SgdArgs part_of(backends::SgdArgs a, std::int64_t first, std::int64_t count, const void* gradient) {
  const std::int64_t bytes = first * static_cast<std::int64_t>(byte_size(a.dtype));
  a.size = count;
  a.gradient = gradient;
  go_on(a.parameter, bytes), go_on(a.velocity, bytes);
  go_on(a.new_parameter, bytes), go_on(a.new_velocity, bytes);
  return a;
}

backends::AdamArgs part_of(backends::AdamArgs a, std::int64_t first, std::int64_t count, const void* gradient) {
  const std::int64_t bytes = first * static_cast<std::int64_t>(byte_size(a.dtype));
  a.size = count;
  a.gradient = gradient;
  go_on(a.parameter, bytes), go_on(a.first_moment, bytes), go_on(a.second_moment, bytes);
  go_on(a.new_parameter, bytes), go_on(a.new_first_moment, bytes), go_on(a.new_second_moment, bytes);
  return a;
}

std::vector<std::string> names_of(std::span<Parameter* const> parameters) {
  std::vector<std::string> names;
  names.reserve(parameters.size());
  for (const Parameter* p : parameters) names.push_back(p->name);
  return names;
}

}  // namespace logitape::inline v0::train
