// The same inputs have to give the same bits: again, and on other numbers of threads.
#include "logitape/autograd/check/detail/reruns.h"

#include <cmath>
#include <cstring>

#include "logitape/backends/threads.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

// A sentence about the first element that differs; empty where none does. Any NaN is as good as another.
std::string difference(const char* what, const Values& a, const Values& b) {
  if (a.size() != b.size()) return fmt::format("{} has {} elements, then {}", what, a.size(), b.size());
  for (std::size_t e = 0; e < a.size(); ++e)
    if (a[e] != b[e] && !(std::isnan(a[e]) && std::isnan(b[e])))
      return fmt::format("element {} of {} is {:.17g}, then {:.17g}", e, what, a[e], b[e]);
  return "";
}

std::string rerun(const Subject& s, const Analytic& a) {
  if (std::string found = difference((s.called + "'s result").c_str(), a.y0, s.value(s.at)); !found.empty())
    return found;
  const Points gradient = s.gradient(s.at, a.cotangent).values;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const std::string what = "the gradient by " + s.inputs[i].name;
    if (std::string found = difference(what.c_str(), a.gradient[i], gradient[i]); !found.empty()) return found;
  }
  return "";
}

}  // namespace

void check_reruns(Run& run, const Subject& s, const Analytic& a) {
  std::string found = rerun(s, a), when = "run twice on the same inputs";
  for (const int threads : {1, 2, 3}) {
    if (!found.empty()) break;
    if (threads == num_threads()) continue;
    when = fmt::format("run on {} threads, then on {}", num_threads(), threads);
    const ThreadCount guard(threads);
    found = rerun(s, a);
  }
  GradientTest test{"rerun", s.name, s.order, found.empty() ? Verdict::pass : Verdict::fail, 0, 0, 0, ""};
  test.text = found.empty() ? "the same bits again, on 1, 2 and 3 threads too" : when + ": " + found;
  add_test(run, std::move(test));
}

}  // namespace logitape::inline v0::gradcheck
