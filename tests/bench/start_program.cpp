// bench_start WHAT: nothing; or model, the digits' net made; or loss, and the first loss computed.
#include <logitape.h>

#include <string>

namespace lt = logitape;

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what == "nothing") return 0;
  lt::Generator rng{7};
  lt::Sequential model{lt::Linear{64, 512}, lt::Relu{}, lt::Linear{512, 10}};
  model.initialise(rng);
  if (what == "model") return 0;
  const lt::Tensor loss = lt::cross_entropy(model(lt::randn({64, 64}, rng)), lt::argmax(lt::randn({64, 10}, rng), 1));
  return loss.item<float>() > 0 ? 0 : 1;
}
