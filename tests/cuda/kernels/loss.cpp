// The loss kernel against the oracle: every dtype, form of labels and output, along any axis; logits of every scale and
// shift; masked, infinite and NaN logits; rows left out, whose contents are poison.
#include "tests/cuda/kernels/sides.h"
#include "tests/kernels/cross_entropy_case.h"
#if defined(LOGITAPE_CUDA_EMULATED)
#include "logitape/backends/cuda/emulation/emulator.h"
#endif

namespace logitape::tests {

namespace {

template <class M, class Side>
Outputs<M> loss_of(Side&& side, const Case<M>& c) {
  const auto rows = static_cast<std::size_t>(c.rows());
  const M untouched = rounded<M>(-7);
  Outputs<M> out{std::vector<M>(rows, untouched), std::vector<M>(c.lse ? rows : 0, untouched),
                 std::vector<M>(c.gradient ? c.logits.size() : 0, untouched),
                 std::vector<M>(c.probabilities ? c.logits.size() : 0, untouched)};
  backends::CrossEntropyArgs args = c.args();
  args.logits = side.in(c.logits);
  args.labels = side.in(c.labels);
  args.indices = c.labels.empty() ? side.in(c.indices) : nullptr;
  args.weights = side.in(c.weights);
  args.keep = side.in(c.keep);
  args.loss = side.out(out.loss);
  args.lse = side.out(out.lse);
  args.gradient = side.out(out.gradient);
  args.probabilities = side.out(out.probabilities);
  side.run(&backends::Kernels::cross_entropy, &lt_kernels::cross_entropy, args);
  return out;
}

template <class M>
struct Digits;
template <>
struct Digits<float> {
  static constexpr int digits = 24, lowest = -149;
};
template <>
struct Digits<double> {
  static constexpr int digits = 53, lowest = -1074;
};
template <>
struct Digits<f16> {
  static constexpr int digits = 11, lowest = -24;
};
template <>
struct Digits<bf16> {
  static constexpr int digits = 8, lowest = -133;
};
template <class M>
long double number(M x) {
  if constexpr (sizeof(M) == 2) return static_cast<float>(x);
  else return x;
}

// In ULP of M at the larger of the exact number and `size`.
template <class M>
double error(M got, M want, double size) {
  const long double a = number(got), b = number(want);
  if (std::isnan(a) || std::isnan(b) || std::isinf(a) || std::isinf(b))
    return a == b || (std::isnan(a) && std::isnan(b)) ? 0 : std::numeric_limits<double>::infinity();
  const long double of = std::fmax(std::fabs(b), static_cast<long double>(size));
  const int exponent =
      of == 0 ? Digits<M>::lowest : std::max(Digits<M>::lowest, std::ilogb(of) + 1 - Digits<M>::digits);
  return static_cast<double>(std::fabs(a - b) / std::ldexp(1.0L, exponent));
}

// f32 and f64: 1 ULP an exponential, 1 for a sum, 1/2 each for the weight, the product and the scale. The halves are
// rounded from f32, and so is what they are compared with: the two may fall on either side.
template <class M>
constexpr double bound = sizeof(M) == 2 ? 1 : 4;

template <class M>
void compare(const Case<M>& c, const std::string& where) {
  const Outputs<M> got = loss_of(Device(), c), want = loss_of(exact<M>(), c);
  const std::string type = " " + std::string(name(dtype_of<M>())) + " in ULP";
  for (std::size_t r = 0; r < got.loss.size(); ++r) {
    expect_within("loss" + type, error(got.loss[r], want.loss[r], 0), bound<M>, where);
    // of the maximum, where that and log(sum) cancel
    if (c.lse) expect_within("lse" + type, error(got.lse[r], want.lse[r], 1), bound<M>, where);
  }
  for (std::int64_t row = 0; row < c.rows(); ++row) {
    double size = 0;  // the row's largest gradient, and with dense labels the largest t, which S*p may cancel
    for (std::int64_t j = 0; j < c.classes && c.gradient; ++j) {
      const auto k = static_cast<std::size_t>(c.at(row, j));
      const double g = std::fabs(static_cast<double>(number(want.gradient[k])));
      const double t = c.labels.empty() && c.b == 0 ? 0
                       : c.labels.empty()           ? c.scale
                                                    : c.scale * std::fabs(static_cast<double>(number(c.labels[k])));
      if (g < 1e300) size = std::fmax(size, std::fmax(g, std::isfinite(t) && std::isfinite(g) ? t : 0));
    }
    for (std::int64_t j = 0; j < c.classes; ++j) {
      const auto k = static_cast<std::size_t>(c.at(row, j));
      if (c.gradient) expect_within("gradient" + type, error(got.gradient[k], want.gradient[k], size), bound<M>, where);
      if (c.probabilities)
        expect_within("probabilities" + type, error(got.probabilities[k], want.probabilities[k], 0), bound<M>, where);
    }
  }
}

template <class M>
void check_forms() {
  for (const Form form : all_forms)
    for (const std::int64_t classes : {1, 2, 31, 32, 33, 127, 128, 129, 513, 1025})
      for (const std::int64_t inner : {1, 3, 33}) {
        if (classes > 129 && inner == 33) continue;
        Case<M> c = random_case<M>(3, classes, inner, form);
        c.unit_mass = classes % 2 == 0;
        c.scale = 1.0 / 7;
        const std::string where = name(form) + " " + std::to_string(classes) + " " + std::to_string(inner);
        compare(c, where);
        c.keep.assign(static_cast<std::size_t>(c.rows()), 1);
        for (std::int64_t row = 1; row < c.rows(); row += 2) {  // left out, with poison in it
          c.keep[static_cast<std::size_t>(row)] = 0;
          c.indices[static_cast<std::size_t>(row)] = std::numeric_limits<std::int32_t>::max();
          for (std::int64_t j = 0; j < classes; ++j)
            c.logits[static_cast<std::size_t>(c.at(row, j))] = rounded<M>(std::numeric_limits<double>::quiet_NaN());
        }
        c.probabilities = classes % 3 == 0, c.lse = classes % 4 == 1;
        compare(c, where + " kept");
      }
}

template <class M>
void check_scales() {
  struct Scale {
    double spread, centre;
  };
  constexpr Scale scales[] = {{1, 0},     {5, 0},   {30, 0},   {100, 0},   {1000, 0},    {20, 200},
                              {20, -300}, {5, 1e5}, {5, -1e5}, {300, 1e9}, {1e23, 1e30}, {1e30, 0}};
  for (const Scale& s : scales)
    for (const Form form : {Form::index, Form::dense})
      for (const std::int64_t classes : {10, 300, 2003})
        for (const std::int64_t inner : {1, 2}) {
          if (classes == 2003 && inner == 2) continue;
          const Case<M> c = random_case<M>(classes == 10 ? 20 : 2, classes, inner, form, s.spread, s.centre);
          compare(c, name(form) + " " + std::to_string(classes) + " at " + std::to_string(s.spread) + " " +
                         std::to_string(s.centre));
        }
  for (const double gap : {1.0, 17.0, 25.0, 60.0, 87.5, 101.0})  // confident rows: the loss is what the others add
    for (const std::int64_t classes : {2, 17, 100, 1100}) {
      Case<M> c = random_case<M>(1, classes, 1, Form::index, 0.5);
      c.indices[0] = static_cast<std::int32_t>(classes / 2);
      c.logits[static_cast<std::size_t>(classes / 2)] = rounded<M>(2 + gap);
      compare(c, "confident by " + std::to_string(gap));
    }
}

// What the table of tests/kernels/cross_entropy_rules.cpp says, in rows and in columns: the oracle does the same.
template <class M>
void check_rules() {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  struct Rule {
    std::vector<double> x, t;
  };
  const Rule rules[] = {{{-inf, 0, 0}, {0, 1, 0}},   {{-inf, 0, 0}, {0.5, 0.5, 0}}, {{-inf, 5, -inf}, {0, 1, 0}},
                        {{inf, 0, 0}, {0, 1, 0}},    {{0, nan, 0}, {1, 0, 0}},      {{-inf, -inf, -inf}, {1, 0, 0}},
                        {{1e4, -1e4, 0}, {0, 1, 0}}, {{0, 0, 0}, {0, 0, 0}},        {{0, -50, -1}, {0.5, nan, 0.5}}};
  for (const Rule& rule : rules)
    for (const bool unit : {false, true})
      for (const std::int64_t inner : {1, 4})
        for (const std::int64_t pad : {0, 1200}) {  // with more masked classes, for a block
          Case<M> c{1, 3 + pad, inner, {}};
          c.unit_mass = unit;
          for (std::int64_t j = 0; j < c.classes; ++j)
            for (std::int64_t i = 0; i < inner; ++i) {
              const auto k = static_cast<std::size_t>(j);
              c.logits.push_back(rounded<M>(j < 3 ? rule.x[k] : -inf));
              c.labels.push_back(rounded<M>(j < 3 ? rule.t[k] : 0));
            }
          compare(c, "rules");
          if (std::isnan(rule.t[1]) || pad > 0) continue;
          Case<M> indexed = c;  // the label's class, masked or not
          indexed.labels.clear();
          for (const std::int32_t y : {0, 1, 2}) {
            indexed.indices.assign(static_cast<std::size_t>(inner), y);
            for (const double b : {0.0, 0.25}) {
              indexed.b = b;
              indexed.weights = {rounded<M>(0), rounded<M>(2), rounded<M>(0.5)};
              compare(indexed, "rules by index");
            }
          }
        }
}

// A class that is none makes NaN of its row, and nothing of any other.
template <class M>
void check_classes_that_are_none(std::int64_t classes, std::int64_t inner) {
  for (const Form form : {Form::index, Form::weighted, Form::smoothed, Form::smoothed_weighted}) {
    const Case<M> right = random_case<M>(classes > 10000 ? 1 : 4, classes, inner, form);
    Case<M> wrong = right;
    const std::int32_t none[] = {-1, static_cast<std::int32_t>(classes), std::numeric_limits<std::int32_t>::max(),
                                 std::numeric_limits<std::int32_t>::min()};
    for (std::size_t row = 0; row < wrong.indices.size(); ++row)
      if (row % 3 == 0) wrong.indices[row] = none[row / 3 % 4];
    const Outputs<M> got = loss_of(Device(), wrong);
    Outputs<M> want = loss_of(Device(), right);
    const M nan = rounded<M>(std::numeric_limits<double>::quiet_NaN());
    for (std::int64_t row = 0; row < wrong.rows(); row += 3) {
      want.loss[static_cast<std::size_t>(row)] = want.lse[static_cast<std::size_t>(row)] = nan;
      for (std::int64_t j = 0; j < classes; ++j) {
        const auto k = static_cast<std::size_t>(right.at(row, j));
        want.gradient[k] = want.probabilities[k] = nan;
      }
    }
    expect(equal_bits(got, want), "classes that are none: " + name(form) + " " + std::to_string(classes));
  }
}

// The same row again and again, each time elsewhere in its words of 16 bytes.
template <class M>
void check_rows_alike(std::int64_t classes) {
  const std::int64_t rows = classes > 10000 ? 2 : 9;
  for (const Form form : {Form::index, Form::dense}) {
    const Case<M> all = some_rows(random_case<M>(1, classes, 1, form), std::vector<std::int64_t>(rows, 0), 1);
    const Outputs<M> out = loss_of(Device(), all), first = some_rows(all, out, {0}, 1);
    for (std::int64_t row = 1; row < rows; ++row)
      expect(equal_bits(some_rows(all, out, {row}, 1), first),
             "bits of a row depend on where it lies: " + name(form) + " " + std::to_string(classes));
  }
}

template <class M>
void check_rows() {
  for (const std::int64_t classes : {9, 129, 255, 2051, 25003}) check_rows_alike<M>(classes);
  for (const std::int64_t classes : {10, 130, 2003})
    for (const std::int64_t inner : {1, 3}) check_classes_that_are_none<M>(classes, inner);
}

// Rows whose maximum is another one again and again: it climbs a little or by far more than exponentials have range,
// from -inf, to a number beyond all others; it is there all over, once at the end, or none.
template <class M>
void check_climbs(std::int64_t classes, std::int64_t inner) {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const auto size = static_cast<double>(classes);
  const double huge = std::is_same_v<M, f16> ? 6e4 : 1e30;
  const auto logit = [&](int kind, std::int64_t j) -> double {
    const auto x = static_cast<double>(j);
    const bool late = j > classes / 2;
    switch (kind) {
      case 0: return x / size * 20 - 10;
      case 1: return std::floor(x / size * 30) * 50 - 800;
      case 2: return late ? std::sin(x) : -inf;
      case 3: return 2;
      case 4: return j + 1 == classes ? huge : j == 0 ? -huge : std::cos(x);
      case 5: return late ? 270 + std::sin(x) : -270 + std::cos(x);
      case 6: return j % 2 ? 0.0 : -0.0;
      case 7: return j == classes / 3 ? nan : std::sin(x);
      case 8: return j == classes / 3 ? inf : std::sin(x);
      default: return -inf;
    }
  };
  for (int kind = 0; kind < 10; ++kind)
    for (const Form form : {Form::index, Form::dense}) {
      if (form == Form::dense && inner == 1) continue;
      Case<M> c = random_case<M>(1, classes, inner, form);
      for (std::int64_t row = 0; row < c.rows(); ++row)
        for (std::int64_t j = 0; j < classes; ++j)
          c.logits[static_cast<std::size_t>(c.at(row, j))] = rounded<M>(logit(kind, (j + row) % classes));
      compare(c, "climb " + std::to_string(kind));
    }
}

// Longer than a block's shared memory: clusters of 2, 4 and 16, and a block that reads its row twice where there are
// none.
void check_long_rows() {
  for (const Form form : {Form::index, Form::smoothed_weighted, Form::dense})
    compare(random_case<float>(2, 25003, 1, form), "25003 classes");
  compare(random_case<bf16>(1, 50257, 1, Form::index), "50257 classes");
  compare(random_case<double>(1, 20001, 1, Form::weighted), "20001 classes");
  check_classes_that_are_none<float>(25003, 1);
  Case<double> longest = random_case<double>(1, 74001, 1, Form::index, 1);
  longest.probabilities = false;
  compare(longest, "74001 classes");
#if defined(LOGITAPE_CUDA_EMULATED)
  emu::options.capability = 8;
  for (const Form form : {Form::index, Form::dense}) compare(random_case<float>(2, 25003, 1, form), "of two reads");
  compare(random_case<bf16>(1, 50257, 1, Form::index), "of two reads");
  check_climbs<float>(24603, 1);
  emu::options.capability = 9;
#endif
}

template <class M>
void check_loss() {
  check_forms<M>();
  check_scales<M>();
  check_rules<M>();
}

}  // namespace

void check_cross_entropy() {
  check_loss<float>();
  check_loss<double>();
  check_forms<f16>();
  check_forms<bf16>();
  check_rules<f16>();
  check_rules<bf16>();
  check_rows<float>();
  check_rows<double>();
  check_rows<f16>();
  check_rows<bf16>();
  check_long_rows();
  check_climbs<float>(300, 3);
  check_climbs<bf16>(300, 3);
  check_climbs<f16>(300, 3);
  check_climbs<double>(300, 3);
  // the labels of a class have the bits of the dense labels that they stand for
  for (const std::int64_t classes : {33, 1500})
    for (const std::int64_t inner : {1, 3}) {
      const Case<float> coded = random_case<float>(2, classes, inner, Form::weighted);
      Case<float> dense = coded;
      dense.labels.assign(coded.logits.size(), 0);
      for (std::int64_t row = 0; row < coded.rows(); ++row) {
        const std::int32_t y = coded.indices[static_cast<std::size_t>(row)];
        dense.labels[static_cast<std::size_t>(coded.at(row, y))] = coded.weights[static_cast<std::size_t>(y)];
      }
      expect(equal_bits(loss_of(Device(), coded), loss_of(Device(), dense)), "an index has other bits than its labels");
    }
}

}  // namespace logitape::tests
