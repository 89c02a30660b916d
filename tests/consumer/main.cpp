// A user's program: fits y = softmax(x w) to four points and prints both losses. Exits with 1 where nothing was learnt.
#ifdef TAPE_ALONE  // logitape::tape, without train/
#include <logitape/tape.h>
#else
#include <logitape.h>
#endif

#include <iostream>

namespace lt = logitape;

int main() {
  const lt::Tensor x = lt::tensor({{1.f, 0.f}, {0.f, 1.f}, {2.f, 1.f}, {1.f, 3.f}});
  const lt::Tensor labels = lt::tensor({0, 1, 0, 1});
  lt::Tensor w = lt::variable(lt::zeros({2, 2}));
  float first = 0, last = 0;
  for (int step = 0; step < 20; ++step) {
    const lt::Tensor loss = lt::cross_entropy(lt::matmul(x, w), labels);
    last = loss.item<float>();
    if (step == 0) first = last;
    w = lt::variable(lt::stop_gradient(w) - lt::grad(loss, {w})[0] * 0.5);
  }
  std::cout << "loss " << first << " -> " << last << "\n" << w << "\n";
  try {
    lt::matmul(x, labels);
  } catch (const lt::Error& e) {  // crosses the library's border as what it is
    return last < 0.5f * first && e.code() == lt::ErrorCode::unsupported ? 0 : 1;
  }
  return 1;
}
