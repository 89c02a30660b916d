// Names and arguments of other libraries that make tensors: the compiler says what to write.
#include "logitape/ops/create.h"
#include "logitape/ops/signposts.h"

// clang-format off
#ifndef MISUSE
inline auto right(logitape::Generator& rng) { return logitape::zeros({2, 3}) + logitape::randn(3, rng); }
#else
using namespace logitape;
auto none_at_all() { return zeros(2, 3); }      // refused: zeros.*// write zeros\(\{2, 3\}\)
auto each_one() { return ones(2, 3, 4); }       // refused: ones.*// write ones\(\{2, 3\}\)
auto normal() { return randn(2, 3); }           // refused: randn\(Extent.*// write randn\(\{2, 3\}, rng\)
auto normal_matrix() { return randn({2, 3}); }  // refused: randn\(const Shape.*// write randn\(\{2, 3\}, rng\)
auto even() { return logitape::rand({2, 3}); }  // refused: rand\(.*// write uniform\(\{2, 3\}, rng\)
void seed() { manual_seed(7); }                 // refused: manual_seed.*// write Generator rng\{7\}
#endif
// clang-format on
