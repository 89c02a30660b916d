// Softmax cross entropy with its gradient, a call of each. Beside it: the best copy of the same bytes (logits read
// once, the gradient written once; with the labels' gradient twice that), and every peer.
#include <numeric>

#include <fmt/format.h>

#include "tests/bench/bench.h"
#include "tests/bench/copy.h"

namespace bench {
namespace lt = logitape;
namespace {

struct Size {
  std::int64_t rows, classes;
};
constexpr Size sizes[] = {{64, 10}, {256, 1000}, {1024, 1000}, {4096, 1000}, {512, 32000}, {64, 128256}, {1024, 50257}};

std::size_t bytes(Size s, lt::DType dtype) {
  return static_cast<std::size_t>(s.rows * s.classes) * lt::byte_size(dtype);
}

lt::Tensor logits_of(const lt::Shape& shape, lt::DType dtype) {
  lt::Generator rng{1};
  return lt::variable(lt::randn(shape, rng).to(dtype));
}

lt::Tensor index_labels(const lt::Shape& shape, std::int64_t classes) {
  std::vector<std::int64_t> labels(static_cast<std::size_t>(shape.size()));
  for (std::size_t r = 0; r < labels.size(); ++r) labels[r] = static_cast<std::int64_t>(r) * 7 % classes;
  return lt::from_span(labels, shape);
}

std::function<void()> by_index(const lt::Tensor& logits, std::int64_t axis) {
  const std::int64_t at = axis < 0 ? axis + logits.rank() : axis;
  std::vector<std::int64_t> rows;
  for (int i = 0; i < logits.rank(); ++i)
    if (i != at) rows.push_back(logits.shape()[i]);
  const lt::Tensor labels = index_labels(lt::Shape(rows), logits.shape()[static_cast<int>(at)]);
  return [=] { lt::grad(lt::cross_entropy(logits, labels, {.axis = axis}), {logits}); };
}

// The goals of the copy: in cache arithmetic is most of the time.
double copy_goal(const Session& s, Size size) {
  const bool in_cache = size.classes == 1000 && size.rows <= 1024;
  return size.classes < 1000 ? 0 : in_cache ? s.by_threads(0.30, 0.45) : s.by_threads(0.42, 0.60);
}

void index_row(Session& s, Size size, lt::DType dtype) {
  const std::string type(lt::name(dtype)), name = fmt::format("{} index ({},{})", type, size.rows, size.classes);
  if (!s.wants(name)) return;
  BestCopy copy(bytes(size, dtype), s.threads(), s.has("AVX3"));
  std::vector<Contender> all{{"ours", by_index(logits_of({size.rows, size.classes}, dtype), -1)},
                             {copy.name(), [&] { copy(); }, {}, dtype == lt::DType::f32 ? copy_goal(s, size) : 0}};
  const bool f32 = dtype == lt::DType::f32, small = size.classes < 1000;
  if (dtype == lt::DType::bf16)
    all.push_back({.name = "ours, f32",
                   .call = by_index(logits_of({size.rows, size.classes}, lt::DType::f32), -1),
                   .goal = bytes(size, lt::DType::f32) >= 16'000'000 ? 1.0 : 0});
  s.add_peers(all, fmt::format("loss index {} {} {}", type, size.rows, size.classes),
              {{"JAX", 2},
               {"PyTorch", f32 ? 4.0 : 0},
               {"torch.compile", f32 ? 6.0 : 0},
               {"TensorFlow", f32 && !small ? 5.0 : 0},
               {"libtorch", f32 && small ? 10.0 : 0}});
  if (f32 && bytes(size, dtype) >= 32'000'000)
    s.add_peers(all, fmt::format("loss index {} {} {}", type, size.rows, size.classes), {{memory_kept, 0}});
  s.row(name, all);
}

void dense_row(Session& s, Size size) {
  const std::string name = fmt::format("f32 dense, both gradients ({},{})", size.rows, size.classes);
  if (!s.wants(name)) return;
  BestCopy copy(2 * bytes(size, lt::DType::f32), s.threads(), s.has("AVX3"));
  const lt::Tensor logits = logits_of({size.rows, size.classes}, lt::DType::f32);
  const lt::Tensor labels = lt::variable(lt::softmax(lt::stop_gradient(logits) * -1));
  std::vector<Contender> all{{"ours",
                              [&] {
                                lt::grad(lt::cross_entropy(logits, labels), {logits, labels});
                              }},
                             {copy.name(), [&] { copy(); }}};
  s.add_peers(all, fmt::format("loss dense f32 {} {}", size.rows, size.classes),
              {{"PyTorch", 4}, {"JAX", 0}, {"TensorFlow", 0}, {"libtorch", 0}});
  s.row(name, all);
}

// Classes along another axis than the last, of as many rows.
void axis_row(Session& s, Size size) {
  const lt::Tensor last = logits_of({size.rows, size.classes}, lt::DType::f32);
  const std::int64_t outer = 16;
  const struct {
    const char* what;
    lt::Shape shape;
    std::int64_t axis;
  } ways[] = {{"axis 0", {size.classes, size.rows}, 0},
              {"the middle axis", {outer, size.classes, size.rows / outer}, 1}};
  for (const auto& way : ways) {
    const std::string name = fmt::format("f32 index, {} ({},{})", way.what, size.rows, size.classes);
    if (!s.wants(name)) continue;
    const lt::Tensor logits = logits_of(way.shape, lt::DType::f32);
    s.row(name, {{"ours", by_index(logits, way.axis)}, {"ours, last axis", by_index(last, -1), {}, 1 / 1.3}});
  }
}

}  // namespace

void loss(Session& s) {
  for (const Size size : sizes) index_row(s, size, lt::DType::f32);
  for (const Size size : sizes) index_row(s, size, lt::DType::f64);
  for (const Size size : sizes) index_row(s, size, lt::DType::bf16);
  for (const Size size : sizes)
    if (size.rows * size.classes < 20'000'000) dense_row(s, size);
  for (const Size size : {Size{256, 1000}, Size{1024, 1000}, Size{4096, 1000}, Size{512, 32000}}) axis_row(s, size);
}

}  // namespace bench
