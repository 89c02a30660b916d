// Convolutions at the shapes of LeNet and small_resnet, 64 images: forward, and each derivative alone. The derivative
// of batch normalisation beside them. Ours are [batch, height, width, channels]; a peer may have its own order.
#include <fmt/format.h>
#include <logitape.h>

#include "tests/bench/bench.h"

namespace bench {
namespace lt = logitape;
namespace {

struct Layer {
  const char* where;
  std::int64_t size, in, out, window, stride, padding;
};
constexpr Layer layers[] = {
    {"lenet 1", 28, 1, 6, 5, 1, 2},     {"lenet 2", 14, 6, 16, 5, 1, 0},       {"resnet 1", 28, 1, 16, 3, 1, 1},
    {"resnet 16", 28, 16, 16, 3, 1, 1}, {"resnet 16-32", 28, 16, 32, 3, 2, 1}, {"resnet 1x1", 28, 16, 32, 1, 2, 0},
    {"resnet 32", 14, 32, 32, 3, 1, 1}, {"resnet 32-64", 14, 32, 64, 3, 2, 1}, {"resnet 64", 7, 64, 64, 3, 1, 1}};
constexpr std::int64_t images = 64;

void rows(Session& s, const Layer& l) {
  lt::Generator rng{1};
  const lt::Tensor x = lt::variable(lt::randn({images, l.size, l.size, l.in}, rng));
  const lt::Tensor w = lt::variable(lt::randn({l.window, l.window, l.in, l.out}, rng));
  const lt::Conv2dOptions options{.stride = l.stride, .padding = l.padding};
  const lt::Tensor of_input = lt::conv2d(x, lt::stop_gradient(w), options);
  const lt::Tensor of_weight = lt::conv2d(lt::stop_gradient(x), w, options);
  const lt::Tensor seed = lt::randn(of_input.shape(), rng);
  const struct {
    const char* what;
    std::function<void()> call;
  } ways[] = {{"forward", [&] { lt::conv2d(lt::stop_gradient(x), lt::stop_gradient(w), options); }},
              {"input", [&] { lt::grad(of_input, {x}, {.seed = seed}); }},
              {"weight", [&] { lt::grad(of_weight, {w}, {.seed = seed}); }}};
  for (const auto& way : ways) {
    const std::string name = fmt::format("{} {}", l.where, way.what);
    if (!s.wants(name)) continue;
    std::vector<Contender> all{{"ours", way.call}};
    s.add_peers(all,
                fmt::format("conv {} {} {} {} {} {} {} {}", way.what, images, l.size, l.in, l.out, l.window, l.stride,
                            l.padding),
                {{"PyTorch", 1}});
    s.row(name, all);
  }
}

void batch_norm(Session& s, std::int64_t size, std::int64_t channels) {
  const std::string name = fmt::format("batch_norm backward {}x{}x{}", size, size, channels);
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Tensor x = lt::variable(lt::randn({images, size, size, channels}, rng));
  lt::BatchNorm norm(channels);
  norm.initialise(rng);
  const lt::Tensor y = norm(x), seed = lt::randn(x.shape(), rng);
  std::vector<lt::Tensor> wanted{x};
  for (const lt::Tensor& p : lt::parameters(norm)) wanted.push_back(p);
  std::vector<Contender> all{{"ours", [&] { lt::grad(y, wanted, {.seed = seed}); }}};
  s.add_peers(all, fmt::format("batch_norm {} {} {}", images, size, channels), {{"PyTorch", 0}});
  s.row(name, all);
}

}  // namespace

void conv(Session& s) {
  for (const Layer& l : layers) rows(s, l);
  batch_norm(s, 28, 16);
  batch_norm(s, 7, 64);
}

}  // namespace bench
