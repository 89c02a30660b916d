// Patterns of names, and the parameters that they choose.
#include "logitape/train/nn/parameters.h"

#include <algorithm>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

// "0.weight, 0.bias, 2.weight": the names that a pattern can fit. Of many, only the first.
std::string listed(std::span<Parameter* const> parameters) {
  constexpr std::size_t most = 20;
  std::string names;
  for (std::size_t i = 0; i < std::min(parameters.size(), most); ++i) names += (i ? ", " : "") + parameters[i]->name;
  if (parameters.size() > most) names += fmt::format(" and {} more", parameters.size() - most);
  return parameters.empty() ? "there are none" : names;
}

}  // namespace

std::vector<Tensor> values_of(std::span<Parameter* const> parameters) {
  std::vector<Tensor> values;
  values.reserve(parameters.size());
  for (const Parameter* p : parameters) values.push_back(initialised("values_of", *p));
  return values;
}

WhichParameters::WhichParameters(std::vector<std::string> patterns) : patterns_(std::move(patterns)), name_() {
  require(!patterns_.empty(), "WhichParameters", "the list of patterns is empty: write \"*\" for all parameters");
  for (const std::string& pattern : patterns_) name_ += (name_.empty() ? "" : ", ") + pattern;
}

void WhichParameters::take(std::function<bool(const Parameter&)> predicate) {
  require(predicate != nullptr, "WhichParameters", "the function is empty: give it a body, or write \"*\" for all");
  predicate_ = std::move(predicate);
}

bool WhichParameters::operator()(const Parameter& parameter) const {
  if (predicate_) return predicate_(parameter);
  return patterns_.empty() || std::ranges::any_of(patterns_, [&](const std::string& pattern) {
           return train::fits(parameter.name, pattern);
         });
}

namespace train {

Device device_of(const Parameters& parameters) {
  return parameters.empty() ? Device::cpu() : parameters.front()->value.device();
}

void move_parameters(const Parameters& parameters, const Parameters& weights, Device device) {
  std::vector<Tensor> moved;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Tensor& value = weights[i]->value;
    if (!value.defined() || value.device() == device) moved.push_back(value);
    else if (i < parameters.size()) moved.push_back(variable(value.without_node().to(device)));
    else moved.push_back(value.without_node().to(device));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i]->value = std::move(moved[i]);
}

// Where a later character does not fit, the last * takes one more: earlier ones need not be tried again.
bool fits(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void check_patterns(const char* op, const char* what, const WhichParameters& which,
                    std::span<Parameter* const> parameters) {
  for (const std::string& pattern : which.patterns())
    require(std::ranges::any_of(parameters, [&](const Parameter* p) { return fits(p->name, pattern); }), op,
            "{}\"{}\" fits none of the parameters: {}", what, pattern, listed(parameters));
}

Parameters chosen(const char* op, const char* what, const WhichParameters& which,
                  std::span<Parameter* const> parameters) {
  check_patterns(op, what, which, parameters);
  Parameters boxes;
  for (Parameter* p : parameters)
    if (which(*p)) boxes.push_back(p);
  require(which.all() || !boxes.empty(), op, "{}\"{}\" is true of none of the parameters: {}", what, which.str(),
          listed(parameters));
  return boxes;
}

}  // namespace train
}  // namespace logitape::inline v0
