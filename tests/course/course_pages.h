// The numbers that the course's pages show, and the formulas of its lessons in long double: the second way.
#pragma once
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace course {

using Real = long double;
using Row = std::vector<Real>;

inline std::string text_of(const std::string& file) {
  std::ifstream in(LOGITAPE_SOURCE_DIR "/examples/course/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The numbers in a text, in order; what is part of a word or of another number is none.
inline Row numbers_in(std::string_view text) {
  Row found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins =
        std::isdigit(static_cast<unsigned char>(text[i])) ||
        (text[i] == '-' && i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])));
    if (!begins) continue;
    if (i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) || text[i - 1] == '_')) continue;
    std::size_t used = 0;
    found.push_back(std::stold(std::string(text.substr(i)), &used));
    i += used - 1;
  }
  return found;
}

// The lines in the text blocks of a page that begin so, each as the numbers behind that beginning.
inline std::vector<Row> shown(const std::string& page, const std::string& beginning) {
  std::istringstream lines(text_of(page));
  std::vector<Row> found;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = line == "```text";
    else if (inside && line.starts_with(beginning)) found.push_back(numbers_in(line.substr(beginning.size())));
  }
  return found;
}

// The numbers of an answer: what stands in `code` on its line of ANSWERS.md.
inline Row answer(const std::string& exercise) {
  std::istringstream lines(text_of("ANSWERS.md"));
  Row found;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("**" + exercise + "** ")) continue;
    for (std::size_t from = line.find('`'); from != std::string::npos;) {
      const std::size_t to = line.find('`', from + 1);
      for (const Real number : numbers_in(line.substr(from + 1, to - from - 1))) found.push_back(number);
      from = line.find('`', to + 1);
    }
  }
  return found;
}

// Whether each shown number is the nearest of so many digits; the hundredth more is for numbers in the middle.
inline bool same(const Row& shown, const Row& exact, int digits = 4) {
  if (shown.size() != exact.size()) return false;
  for (std::size_t i = 0; i < shown.size(); ++i)
    if (!(std::fabs(shown[i] - exact[i]) <= 0.51L * std::pow(10.0L, -digits))) return false;
  return true;
}

inline Row operator+(Row a, const Row& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}
inline Row operator*(Real a, Row b) {
  for (Real& number : b) number *= a;
  return b;
}
inline Real sum(const Row& a) {
  Real total = 0;
  for (const Real number : a) total += number;
  return total;
}

// The formulas, written as a mathematician writes them: no shift, since exp of a long double holds e^11000.
inline Row softmax(const Row& x) {
  Row p;
  for (const Real logit : x) p.push_back(std::exp(logit));
  return 1 / sum(p) * p;
}
inline Row surprise(const Row& x) {
  Row s;
  for (const Real p : softmax(x)) s.push_back(-std::log(p));
  return s;
}
inline Real loss(const Row& x, const Row& t) {
  Real total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += t[i] == 0 ? 0 : t[i] * surprise(x)[i];
  return total;
}
inline Row into_logits(const Row& x, const Row& t) { return sum(t) * softmax(x) + (-1 * t); }
inline Row into_label_logits(const Row& t, const Row& s) {  // t = softmax(u): t * (s - sum(t*s))
  Row g = t;
  Real mean = 0;
  for (std::size_t i = 0; i < t.size(); ++i) mean += t[i] * s[i];
  for (std::size_t i = 0; i < t.size(); ++i) g[i] *= s[i] - mean;
  return g;
}
inline std::vector<Row> hessian(const Row& x, Real mass) {
  const Row p = softmax(x);
  std::vector<Row> h;
  for (std::size_t i = 0; i < p.size(); ++i) {
    h.push_back((-mass * p[i]) * p);
    h[i][i] += mass * p[i];
  }
  return h;
}

// d of sum 0 with H*d = g: the last equation follows from the others and is replaced by sum(d) = 0; then elimination.
inline Row newton_step(const Row& x, const Row& t) {
  std::vector<Row> a = hessian(x, sum(t));
  Row b = into_logits(x, t);
  const std::size_t n = b.size();
  a[n - 1] = Row(n, 1);
  b[n - 1] = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t row = 0; row < n; ++row) {
      if (row == i) continue;
      const Real factor = a[row][i] / a[i][i];
      a[row] = a[row] + (-factor * a[i]);
      b[row] -= factor * b[i];
    }
  for (std::size_t i = 0; i < n; ++i) b[i] /= a[i][i];
  return b;
}

inline const Row logits = {4, 2, 1};
inline const std::vector<Row> rows_of_labels = {{1, 0, 0}, {0.7L, 0.2L, 0.1L}, {1, 1, 0}};

}  // namespace course
