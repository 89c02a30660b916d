// Before and after a check: its arguments, what runs on the tape only, and the sums of the report.
#include "logitape/autograd/check/detail/run.h"

#include <algorithm>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

constexpr const char* op = "check_gradients";

void check_options(const GradcheckOptions& options, std::size_t inputs) {
  require(options.order >= 1, op, "order {} is asked for; at least 1 is needed", options.order);
  require(options.names.empty() || options.names.size() == inputs, op, "{} names are given for {} inputs",
          options.names.size(), inputs);
  require(options.relative >= 0 && options.relative < 1, op, "relative {} is outside [0, 1)", options.relative);
  require(options.resolution >= 0 && options.resolution < 1, op, "resolution {} is outside [0, 1)", options.resolution);
  require(static_cast<unsigned>(options.methods) != 0, op, "no method is asked for");
  require(options.projections >= 1 && options.samples >= 0, op,
          "{} projections and {} samples are asked for; at least 1 and 0 are needed", options.projections,
          options.samples);
}

}  // namespace

void add_test(Run& run, GradientTest test) { run.report.tests.push_back(std::move(test)); }

void check_arguments(std::span<const Tensor> inputs, const GradcheckOptions& options) {
  require(!inputs.empty(), op, "no inputs are given");
  check_options(options, inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    require(inputs[i].defined(), op, "input {} of {} is empty", i, inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    require(inputs[i].device() == inputs[0].device(), ErrorCode::device, op, "input {} is on {}, input 0 on {}", i,
            inputs[i].device(), inputs[0].device());
  require(std::any_of(inputs.begin(), inputs.end(), [](const Tensor& x) { return is_floating(x.dtype()); }), op,
          "input 0 is {}{}: there is nothing to differentiate by; f16, bf16, f32 or f64 is needed", inputs[0],
          inputs.size() == 1 ? "" : fmt::format(", and none of {} inputs is floating", inputs.size()));
}

void check_arguments(std::size_t size, const GradcheckOptions& options) {
  require(size > 0, op, "x has {} elements; at least 1 is needed", size);
  check_options(options, 1);
}

void describe_precision(Run& run, const TensorCase& c) {
  DType narrowest = DType::f64;
  for (const DType d : c.declared)
    if (is_floating(d) && epsilon_of(d) > epsilon_of(narrowest)) narrowest = d;
  run.report.precision = std::string(name(narrowest));
  if (narrowest == DType::f64) return;
  run.report.precision += c.wide ? ", against differences in f64" : ", against differences of its own";
  if (!c.wide)
    run.report.notes.push_back(
        fmt::format("{} refuses f64 inputs ({}), so differences are taken in {}: their error bars are wide", c.called,
                    c.refusal, name(narrowest)));
}

void threw(Run& run, const std::string& sentence) {
  GradientReport& r = run.report;
  add_test(run, {"tape", r.function, r.blocks.empty() ? 1 : r.blocks.back().order, Verdict::fail, 0, 0, 0, sentence});
  if (r.hint != Hint::none) return;
  const bool broadcast =
      sentence.find("its vjp returned") != std::string::npos && sentence.find("which is") != std::string::npos;
  r.hint = broadcast ? Hint::not_reduced : Hint::throws;
  r.hint_text = broadcast
                    ? "a rule returned a cotangent of another shape than its input's: sum it over what was broadcast"
                    : sentence;
}

GradientReport finished(Run& run) {
  GradientReport& r = run.report;
  r.order = run.options.order;
  r.doubled = run.doubled;
  if (!run.seen.empty()) {
    std::sort(run.seen.begin(), run.seen.end());
    r.seen_median = run.seen[run.seen.size() / 2];
    r.seen_worst = run.seen.back();
  }
  if (r.hint == Hint::none)
    for (const GradientTest& t : r.tests)
      if (t.verdict == Verdict::fail && t.what == "symmetry") {
        r.hint = Hint::asymmetric;
        r.hint_text =
            "mixed second derivatives depend on the order they are taken in: one of them is wrong (" + t.text + ")";
        break;
      }
  return std::move(r);
}

}  // namespace logitape::inline v0::gradcheck
