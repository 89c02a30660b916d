// Trains a new last layer on new digits; the other layers keep every bit.
#include <logitape.h>

#include <cstdio>
#include <string>
#include <vector>

#include "device_flag.h"

namespace lt = logitape;

namespace {

// A body that is kept, and a head that is replaced: "body.0.weight", "head.weight", ...
struct Net {
  lt::Sequential body = lt::named("body", lt::Sequential{lt::Linear{64, 128}, lt::Relu{}});
  lt::Linear head = lt::named("head", lt::Linear{128, 5});

  lt::Tensor operator()(const lt::Tensor& x) { return head(body(x)); }
  lt::Tensor operator()(const lt::Tensor& x, lt::InEvaluation) const { return head(body(x, lt::evaluation)); }
  void visit(const lt::ParameterVisitor& show) {
    body.visit(show);
    head.visit(show);
  }
  void initialise(lt::Generator& rng) {
    body.initialise(rng);
    head.initialise(rng);
  }
};

// The rows of five digits, as classes 0 to 4: from 5 on, 5 is class 0.
lt::Dataset five_digits(const lt::Dataset& digits, std::int64_t first) {
  const auto labels = digits.labels.to_vector<std::int64_t>();
  std::vector<std::int64_t> rows, classes;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < first || labels[row] >= first + 5) continue;
    rows.push_back(static_cast<std::int64_t>(row));
    classes.push_back(labels[row] - first);
  }
  const auto count = static_cast<std::int64_t>(rows.size());
  return {lt::gather(digits.inputs, lt::from_span(rows, {count})), lt::from_span(classes, {count})};
}

// All bytes of the parameters whose names fit.
std::string bytes_of(Net& net, const char* pattern) {
  std::string bytes;
  for (const lt::Parameter* p : lt::train_only(net, pattern)) {
    const lt::Tensor here = p->value.to(lt::Device::cpu());
    bytes.append(static_cast<const char*>(here.data()), static_cast<std::size_t>(here.size()) * sizeof(float));
  }
  return bytes;
}

int fine_tune(lt::Device device) {
  std::printf("computed on %s\n", lt::kind_of(device).c_str());
  lt::Generator rng{0};
  lt::Dataset digits = lt::dataset_of(lt::load_examples(LOGITAPE_EXAMPLE_DATA "/digits.csv"));
  digits.inputs = digits.inputs / 16;  // pixels are 0 to 16
  const auto [low_train, low_test] = lt::split(five_digits(digits, 0), 0.2, rng);
  const auto [high_train, high_test] = lt::split(five_digits(digits, 5), 0.2, rng);

  Net net;
  net.initialise(rng);
  lt::move_to(net, device);  // Trainer and evaluate() bring the rows there
  lt::Trainer{net, lt::AdamW{{.learning_rate = 2e-3}}, {.epochs = 10}}.fit(low_train);
  std::printf("digits 0 to 4, all layers trained:      test accuracy %.1f%%\n",
              100 * lt::evaluate(net, low_test).accuracy);

  const std::string body = bytes_of(net, "body.*");
  net.head = lt::named("head", lt::Linear{128, 5});
  net.head.initialise(rng);
  lt::move_to(net.head, device);
  std::printf("digits 5 to 9, a new last layer:        test accuracy %.1f%%\n",
              100 * lt::evaluate(net, high_test).accuracy);

  lt::Trainer{
      net, lt::AdamW{{.learning_rate = 1e-2, .decays = lt::only_matrices}}, {.epochs = 20, .train_only = "head.*"}}
      .fit(high_train);
  std::printf("digits 5 to 9, the last layer trained:  test accuracy %.1f%%\n",
              100 * lt::evaluate(net, high_test).accuracy);

  const bool same = bytes_of(net, "body.*") == body;
  std::printf("%zu bytes of frozen parameters: %s\n", body.size(), same ? "the same bits as before" : "CHANGED");
  return same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return run_on_device(
      argc, argv, "fine_tune",
      "trains a small network on the digits 0 to 4, gives it a new last layer, and trains that alone on 5 to 9.",
      fine_tune);
}
