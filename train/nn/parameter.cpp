// Errors for a parameter that has no value yet, or that does not exist.
#include "logitape/train/nn/parameter.h"

#include <algorithm>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0 {
namespace {

// How many characters must be inserted, removed or changed: Levenshtein's distance.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j)
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] != b[j])}));
  }
  return row.back();
}

}  // namespace

const Tensor& initialised(const char* op, const Parameter& parameter) {
  require(parameter.value.defined(), op, "parameter \"{}\" is not initialised: call initialise(rng) first",
          parameter.name);
  return parameter.value;
}

Parameter& train::find_parameter(const char* op, const Parameters& parameters, const std::string& name) {
  for (Parameter* p : parameters)
    if (p->name == name) return *p;
  require(!parameters.empty(), op, "no parameter is called \"{}\": the model has none", name);
  constexpr std::size_t most = 20, nearest = 5;  // a reader takes in so many names; of more, the nearest
  Parameters shown = parameters;
  if (shown.size() > most) {
    std::ranges::stable_sort(shown, {}, [&](const Parameter* p) { return distance(p->name, name); });
    shown.resize(nearest);
  }
  std::string names;
  for (const Parameter* p : shown) names += (names.empty() ? "" : ", ") + p->name;
  fail(ErrorCode::invalid_argument, op, "no parameter is called \"{}\"; {} {}", name,
       parameters.size() > most ? "nearest to it are" : "there are", names);
}

}  // namespace logitape::inline v0
