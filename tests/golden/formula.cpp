// The formulas of formula.h, a row at a time.
#include "tests/golden/formula.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace logitape::tests::golden {
namespace {

using Numbers = std::vector<long double>;

constexpr long double infinity = std::numeric_limits<long double>::infinity();
constexpr long double nan = std::numeric_limits<long double>::quiet_NaN();

long double dot(const Numbers& a, const Numbers& b) {
  long double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != 0 && b[i] != 0) total += a[i] * b[i];  // 0 times a masked logit is 0
  return total;
}

template <class F>
Numbers each(std::size_t count, F f) {
  Numbers result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = f(i);
  return result;
}

}  // namespace

Fields formula(const Row& row) {
  // not a structured binding: clang captures none before 16
  const Numbers &x = row.x, &t = row.t, &v = row.v, &w = row.w;
  const long double g = row.g;
  const std::size_t n = x.size();
  const bool usable = std::ranges::none_of(x, [](long double a) { return std::isnan(a) || a == infinity; }) &&
                      std::ranges::any_of(x, [](long double a) { return a != -infinity; });
  const long double max = usable ? *std::ranges::max_element(x) : nan;
  const auto masked = [&](std::size_t i) { return usable && x[i] == -infinity; };
  const Numbers e = each(n, [&](std::size_t i) { return std::exp(x[i] - max); });
  long double total = 0, mass = 0, sum_v = 0;
  for (std::size_t i = 0; i < n; ++i) {
    total += e[i];
    mass += t[i];
    if (!v.empty() && !masked(i)) sum_v += v[i];
  }
  const long double lse = max + std::log(total);
  const Numbers p = each(n, [&](std::size_t i) { return e[i] / total; });
  Fields f;
  f["loss"] = {mass == 0 && dot(t, x) == 0 ? 0 : mass * lse - dot(t, x)};
  f["backprop"] = each(n, [&](std::size_t i) { return p[i] - t[i]; });
  f["glogits"] = each(n, [&](std::size_t i) { return g * (mass * p[i] - t[i]); });
  f["glabels"] = each(n, [&](std::size_t i) { return g * (lse - x[i]); });
  if (v.empty()) return f;
  const long double pv = dot(p, v);
  const Numbers j = each(n, [&](std::size_t i) { return p[i] * (v[i] - pv); });
  f["hvp"] = each(n, [&](std::size_t i) { return g * mass * j[i]; });
  f["hvp_lab"] = each(n, [&](std::size_t i) { return masked(i) ? 0 : g * (pv - v[i]); });
  f["cross"] = each(n, [&](std::size_t i) { return masked(i) ? 0 : g * (p[i] * sum_v - v[i]); });
  f["bpv"] = j;
  f["bpv_lab"] = each(n, [&](std::size_t i) { return -v[i]; });
  if (w.empty()) return f;
  const long double pw = dot(p, w), jw = dot(j, w);
  f["third"] = each(n, [&](std::size_t i) { return g * mass * (j[i] * w[i] - j[i] * pw - p[i] * jw); });
  return f;
}

}  // namespace logitape::tests::golden
