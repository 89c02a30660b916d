// The loss kernel's forms of labels, rows left out, masked classes and further outputs: what each must be equal to.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape/backends/oracle/oracle.h"
#include "cross_entropy_case.h"
#include "logitape/backends/cpu/cpu.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t counts_of_classes[] = {1, 2, 3, 15, 16, 17, 31, 64, 65, 257, 8200};

template <class M>
double at(const std::vector<M>& v, std::int64_t i) {
  return static_cast<double>(v[static_cast<std::size_t>(i)]);
}

}  // namespace

TEST_CASE_TEMPLATE(
    "labels made of a class, smoothing and weights give the bits of the dense labels that they stand for", T, float,
    double) {
  for (const cpu::Target& target : cpu::targets())
    for (const Form form : {Form::index, Form::weighted, Form::smoothed, Form::smoothed_weighted})
      for (const std::int64_t classes : counts_of_classes)
        for (const std::int64_t inner : {1, 3, 16}) {
          Case<T> coded = random_case<T>(2, classes, inner, form);
          coded.unit_mass = classes % 2 == 0;
          coded.scale = 1.0 / 7;
          Case<T> dense = coded;
          dense.labels.assign(coded.logits.size(), T{0});
          for (std::int64_t row = 0; row < coded.rows(); ++row)
            for (std::int64_t c = 0; c < classes; ++c) {
              const bool here = c == coded.indices[static_cast<std::size_t>(row)];
              const T w = coded.weights.empty() ? T{1} : coded.weights[static_cast<std::size_t>(c)];
              dense.labels[static_cast<std::size_t>(coded.at(row, c))] =
                  w * static_cast<T>(here ? coded.a + coded.b : coded.b);
            }
          CAPTURE(target.name);
          CAPTURE(name(form));
          CAPTURE(classes);
          CAPTURE(inner);
          CHECK(equal_bits(run(target.kernels, coded), run(target.kernels, dense)));
        }
}

TEST_CASE_TEMPLATE("a row left out is 0 everywhere whatever it holds, and the others keep their bits", T, float, double,
                   f16, bf16) {
  for (const cpu::Target& target : cpu::targets())
    for (const Form form : all_forms)
      for (const std::int64_t classes : {1, 5, 16, 17, 100})
        for (const std::int64_t inner : {1, 2, 16, 19}) {
          const Case<T> all = random_case<T>(5, classes, inner, form);
          const Outputs<T> whole = run(target.kernels, all);
          Case<T> some = all;
          some.keep.assign(static_cast<std::size_t>(all.rows()), 1);
          CHECK(equal_bits(run(target.kernels, some), whole));
          Outputs<T> want = whole;
          for (std::int64_t row = 1; row < all.rows(); row += row % 5 == 1 ? 3 : 2) {
            const auto r = static_cast<std::size_t>(row);
            some.keep[r] = 0;
            some.indices[r] =
                row % 2 ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int32_t>::max();
            want.loss[r] = want.lse[r] = rounded<T>(0);
            for (std::int64_t c = 0; c < classes; ++c) {
              const auto k = static_cast<std::size_t>(all.at(row, c));
              some.logits[k] = rounded<T>(row % 3 == 0 ? infinity : std::numeric_limits<double>::quiet_NaN());
              if (form == Form::dense)
                some.labels[k] = rounded<T>(row % 3 == 1 ? -infinity : std::numeric_limits<double>::quiet_NaN());
              want.gradient[k] = want.probabilities[k] = rounded<T>(0);
            }
          }
          CHECK(equal_bits(run(target.kernels, some), want));
        }
}

TEST_CASE_TEMPLATE("what is asked for besides does not change a bit of an output", T, float, double, f16) {
  for (const cpu::Target& target : cpu::targets())
    for (const Form form : {Form::index, Form::smoothed, Form::dense})
      for (const std::int64_t classes : {1, 16, 17, 300})
        for (const std::int64_t inner : {1, 5}) {
          Case<T> c = random_case<T>(3, classes, inner, form);
          const Outputs<T> all = run(target.kernels, c);
          for (int asked = 0; asked < 8; ++asked) {
            c.gradient = asked & 1, c.probabilities = asked & 2, c.lse = asked & 4;
            const Outputs<T> some = run(target.kernels, c);
            CHECK(equal_bits(some.loss, all.loss));
            if (c.gradient) CHECK(equal_bits(some.gradient, all.gradient));
            if (c.probabilities) CHECK(equal_bits(some.probabilities, all.probabilities));
            if (c.lse) CHECK(equal_bits(some.lse, all.lse));
          }
        }
}

TEST_CASE_TEMPLATE("probabilities have the bits of the softmax kernel, NaN rows included", T, float, double) {
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t classes : counts_of_classes)
      for (const std::int64_t inner : {1, 2, 17}) {
        Case<T> c = random_case<T>(3, classes, inner, Form::index);
        c.logits[static_cast<std::size_t>(c.at(1, 0))] = std::numeric_limits<T>::quiet_NaN();
        c.logits[static_cast<std::size_t>(c.at(2, classes / 2))] = -std::numeric_limits<T>::infinity();
        std::vector<T> softmax(c.logits.size());
        target.kernels.softmax({dtype_of<T>(), c.outer, classes, inner, c.logits.data(), softmax.data()});
        CHECK(equal_bits(run(target.kernels, c).probabilities, softmax));
      }
}

TEST_CASE_TEMPLATE("the labels' gradient has the bits of the kernel of its own, and is 0 in a row left out", T, float,
                   double) {
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t classes : counts_of_classes)
      for (const std::int64_t inner : {1, 2, 16, 17})
        for (const double scale : {1.0, -0.3, 0.0}) {
          Case<T> c = random_case<T>(3, classes, inner, Form::dense);
          c.logits[static_cast<std::size_t>(c.at(1, 0))] = std::numeric_limits<T>::quiet_NaN();
          c.logits[static_cast<std::size_t>(c.at(2, classes / 2))] = -std::numeric_limits<T>::infinity();
          c.scale = scale;
          c.label_gradient = true;
          const std::vector<T> g(static_cast<std::size_t>(c.rows()), static_cast<T>(scale));
          std::vector<T> want(c.logits.size());
          target.kernels.label_gradient(
              {dtype_of<T>(), c.outer, classes, inner, c.logits.data(), want.data(), g.data()});
          CHECK(equal_bits(run(target.kernels, c).label_gradient, want));
          c.keep.assign(g.size(), 1);
          c.keep[0] = 0;
          for (std::int64_t k = 0; k < classes; ++k) want[static_cast<std::size_t>(c.at(0, k))] = 0;
          CHECK(equal_bits(run(target.kernels, c).label_gradient, want));
        }
}

TEST_CASE_TEMPLATE("masked classes, NaN and infinite logits do the same along every axis and in every dtype", T, float,
                   double, f16, bf16) {
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t classes : {3, 16, 17, 200})
      for (const std::int64_t inner : {1, 2, 18}) {
        Case<T> c = random_case<T>(4, classes, inner, Form::smoothed);
        for (std::int64_t row = 0; row < c.rows(); ++row) c.indices[static_cast<std::size_t>(row)] = 1;
        const auto set = [&](std::int64_t row, std::int64_t k, double x) {
          c.logits[static_cast<std::size_t>(c.at(row, k))] = rounded<T>(x);
        };
        set(0, 2, -infinity);
        set(1, 0, infinity);
        set(2, classes - 1, std::numeric_limits<double>::quiet_NaN());
        for (std::int64_t k = 0; k < classes; ++k) set(3, k, -infinity);

        const Outputs<T> smooth = run(target.kernels, c);  // every class has a positive label, the masked one too
        CHECK(at(smooth.loss, 0) == infinity);
        CHECK(std::fabs(at(smooth.gradient, c.at(0, 2)) + c.b) <= c.b / 256);  // -t, half an ULP of bf16
        CHECK(at(smooth.probabilities, c.at(0, 2)) == 0);

        Case<T> weighted = c;
        weighted.weights.assign(static_cast<std::size_t>(classes), rounded<T>(1));
        weighted.weights[2] = rounded<T>(0);
        const Outputs<T> masked = run(target.kernels, weighted);  // weight 0 takes the class out
        CHECK(std::isfinite(at(masked.loss, 0)));
        CHECK(at(masked.gradient, c.at(0, 2)) == 0);

        c.b = 0;
        const Outputs<T> index = run(target.kernels, c);
        CHECK(std::isfinite(at(index.loss, 0)));
        CHECK(std::isfinite(at(index.lse, 0)));
        CHECK(at(index.gradient, c.at(0, 2)) == 0);
        CHECK(at(index.lse, 1) == infinity);
        CHECK(std::isnan(at(index.lse, 2)));
        CHECK(at(index.lse, 3) == -infinity);
        for (const Outputs<T>* o : {&smooth, &masked, &index})
          for (std::int64_t row = 0; row < c.rows(); ++row) {
            const bool spoilt = row >= 1 && row <= 3;
            CHECK(std::isnan(at(o->loss, row)) == spoilt);
            for (std::int64_t k = 0; k < classes; ++k) {
              CHECK(std::isnan(at(o->gradient, c.at(row, k))) == spoilt);
              CHECK(std::isnan(at(o->probabilities, c.at(row, k))) == spoilt);
            }
          }
        weighted.b = 0;
        weighted.weights[0] = rounded<T>(infinity);  // b = 0: the other weights are not met
        CHECK(equal_bits(run(target.kernels, weighted), index));
      }
}
