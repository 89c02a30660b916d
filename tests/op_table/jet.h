// A number and its derivatives along two directions, of order 1 and mixed of order 2, in long double: what derivatives
// are held against. A formula of jets keeps its digits where each of its terms, and each term's derivative, does: it
// has to be written so that nothing cancels but what cancels in truth.
#pragma once
#include <cmath>
#include <vector>

namespace logitape::tests::jets {

using Real = long double;

struct Jet {
  Real v = 0, a = 0, b = 0, ab = 0;

  Jet() = default;
  Jet(Real value) : v(value) {}  // a constant
  Jet(Real value, Real along_a, Real along_b, Real along_both) : v(value), a(along_a), b(along_b), ab(along_both) {}
};
using Jets = std::vector<Jet>;

inline Real product(Real slope, Real along) {
  return along == 0 ? 0 : slope * along;
}  // slopes may be beyond long double

// f(x), of the values of f, f' and f'' at x.v.
inline Jet chain(const Jet& x, Real f, Real first, Real second) {
  return {f, product(first, x.a), product(first, x.b), product(second, x.a * x.b) + product(first, x.ab)};
}

inline Jet operator-(const Jet& x) { return {-x.v, -x.a, -x.b, -x.ab}; }
inline Jet operator+(const Jet& x, const Jet& y) { return {x.v + y.v, x.a + y.a, x.b + y.b, x.ab + y.ab}; }
inline Jet operator-(const Jet& x, const Jet& y) { return x + -y; }
inline Jet operator*(const Jet& x, const Jet& y) {
  return {x.v * y.v, x.a * y.v + x.v * y.a, x.b * y.v + x.v * y.b, x.ab * y.v + x.a * y.b + x.b * y.a + x.v * y.ab};
}
inline Jet inverse(const Jet& x) { return chain(x, 1 / x.v, -1 / (x.v * x.v), 2 / (x.v * x.v * x.v)); }
inline Jet operator/(const Jet& x, const Jet& y) { return x * inverse(y); }

inline Jet exp(const Jet& x) { return chain(x, std::exp(x.v), std::exp(x.v), std::exp(x.v)); }
inline Jet log(const Jet& x) { return chain(x, std::log(x.v), 1 / x.v, -1 / (x.v * x.v)); }
inline Jet log1p(const Jet& x) { return chain(x, std::log1p(x.v), 1 / (1 + x.v), -1 / ((1 + x.v) * (1 + x.v))); }
inline Jet sqrt(const Jet& x) {
  const Real r = std::sqrt(x.v);
  return chain(x, r, 1 / (2 * r), -1 / (4 * r * x.v));
}
inline Jet tanh(const Jet& x) {
  const Real c = std::cosh(x.v), t = std::tanh(x.v);
  return chain(x, t, 1 / c / c, -2 * t / c / c);
}
inline Jet sigmoid(const Jet& x) {  // slope s(x)*s(-x), whose own is -s(x)*s(-x)*tanh(x/2)
  const Real p = 1 / (1 + std::exp(-x.v)), q = 1 / (1 + std::exp(x.v));
  return chain(x, p, p * q, -p * q * std::tanh(x.v / 2));
}
inline Jet softplus(const Jet& x) {
  const Real p = 1 / (1 + std::exp(-x.v)), q = 1 / (1 + std::exp(x.v));
  return chain(x, std::fmax(x.v, Real(0)) + std::log1p(std::exp(-std::fabs(x.v))), p, p * q);
}
inline Jet power(const Jet& x, Real e) {
  return chain(x, std::pow(x.v, e), e * std::pow(x.v, e - 1), e * (e - 1) * std::pow(x.v, e - 2));
}

inline Jet sum(const Jets& x) {
  Jet total;
  for (const Jet& term : x) total = total + term;
  return total;
}

// 1 / (the sum of e^(x_i - x_k)): differences are taken first.
inline Jet probability(const Jets& x, std::size_t k) {
  Jet total;
  for (const Jet& other : x) total = total + exp(other - x[k]);
  return inverse(total);
}
// -log p_k = log(1 + the sum over i but k of e^(x_i - x_k)). Its derivatives are the mean of those of x_i - x_k and, of
// order 2, their covariance besides, as a sum over pairs: nothing cancels where p_k is near 0 or 1.
inline Jet minus_log_p(const Jets& x, std::size_t k) {
  Jet y;
  Real others = 0;
  std::vector<Real> p;
  for (std::size_t i = 0; i < x.size(); ++i) {
    p.push_back(probability(x, i).v);
    if (i == k) continue;
    const Jet difference = x[i] - x[k];
    others += std::exp(difference.v);
    y = y + Jet(0, p[i] * difference.a, p[i] * difference.b, p[i] * difference.ab);
  }
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) y.ab += p[i] * p[j] * (x[i].a - x[j].a) * (x[i].b - x[j].b);
  y.v = std::log1p(others);
  return y;
}
inline Jet log_sum_exp(const Jets& x) {
  std::size_t largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i].v > x[largest].v) largest = i;
  return x[largest] + minus_log_p(x, largest);
}

}  // namespace logitape::tests::jets

namespace logitape::tests {
using jets::Jet, jets::Jets, jets::Real;
}  // namespace logitape::tests
