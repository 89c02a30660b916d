// Shows one loss's gradients into logits and labels.
#include <logitape/tape.h>

#include <iostream>

#include "device_flag.h"

namespace lt = logitape;

namespace {

int show(lt::Device device) {
  const lt::Tensor logits = lt::variable(lt::tensor({{4.0, 2.0, 1.0}, {0.0, 5.0, 1.0}}).to(device));
  const lt::Tensor labels = lt::variable(lt::tensor({{1.0, 0.0, 0.0}, {0.0, 0.8, 0.2}}).to(device));

  const lt::Tensor loss = lt::nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits});
  lt::sum(loss).backward();

  // with p = softmax(x), S = the sum of a row's labels t, lse = log(sum(exp(x)))
  const lt::NoGrad guard;  // the formulas are only shown: nothing of them has to be recorded
  const lt::Tensor mass = lt::sum(labels, {.axes = {-1}, .keep_dims = true});
  const lt::Tensor lse = lt::logsumexp(logits, {.axes = {-1}, .keep_dims = true});

  std::cout << "loss, one a row:\n"
            << loss << "\n\n"
            << "gradient into the logits:\n"
            << logits.grad().value() << "\n"
            << "S*p - t:\n"
            << mass * lt::softmax(logits) - labels << "\n\n"
            << "gradient into the labels:\n"
            << labels.grad().value() << "\n"
            << "lse - x:\n"
            << lse - logits << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_on_device(argc, argv, "label_gradient",
                       "prints a loss and its two gradients, each above the formula it equals.", show);
}
