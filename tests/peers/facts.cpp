// The labels' gradients at one fixed point, a line each "what|values", in the order that every peer prints them in.
#include <logitape.h>

#include <cstdio>

namespace lt = logitape;

namespace {

void print(const char* what, const lt::Tensor& values) {
  std::printf("%s|", what);
  for (const double v : values.to_vector<double>()) std::printf("%.6f ", v);
  std::printf("\n");
}

}  // namespace

int main() {
  const lt::Tensor x = lt::variable(lt::tensor({{1.0, 2.0, 4.0}})), v = lt::tensor({{1.0, -2.0, 0.5}});
  for (const double mass : {1.0, 2.0}) {
    const lt::Tensor t = lt::variable(lt::tensor({{0.2, 0.3, 0.5}}) * mass);
    const lt::Tensor loss = lt::sum(lt::nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x}));
    const auto first = lt::grad(loss, {x, t}, {.create_graph = true});
    if (mass == 2) {
      print("d loss/d logits, labels of mass 2", first[0]);
      continue;
    }
    print("d loss/d labels", first[1]);
    print("logits, then labels", lt::grad(lt::sum(first[0] * v), {t})[0]);
    print("labels, then logits", lt::grad(lt::sum(first[1] * v), {x})[0]);
  }
}
