// Where memory is what counts: a language model's last layer with its loss, and a table of which a step uses 32 rows.
#include <cmath>

#include <logitape.h>

#include "tests/bench/bench.h"
#include "tests/bench/copy.h"

namespace bench {
namespace lt = logitape;
namespace {

// Megabytes at the peak of a call, beyond those that live before it and those that it returns.
template <class F>
double extra_megabytes(const F& call) {
  lt::memory::reset_peak();
  [[maybe_unused]] const auto returned = call();
  const lt::memory::Counts now = lt::memory::counts();
  return static_cast<double>(now.peak_bytes - now.live_bytes) / 1e6;
}

void linear_loss(Session& s, std::int64_t rows, std::int64_t in, std::int64_t classes) {
  const std::string size = "(" + std::to_string(rows) + "," + std::to_string(in) + "," + std::to_string(classes) + ")";
  const std::string name = "linear_cross_entropy " + size;
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Tensor hidden = lt::variable(lt::randn({rows, in}, rng));
  const lt::Tensor weight = lt::variable(lt::randn({in, classes}, rng) * 0.05);
  std::vector<std::int64_t> index;
  for (std::int64_t r = 0; r < rows; ++r) index.push_back(r * 7 % classes);
  const lt::Tensor labels = lt::from_span(index, {rows});
  const auto fused = [&] { return lt::grad(lt::linear_cross_entropy(hidden, weight, labels), {hidden, weight}); };
  const auto plain = [&] { return lt::grad(lt::cross_entropy(lt::linear(hidden, weight), labels), {hidden, weight}); };
  std::vector<Contender> all{{"ours", fused}, {"ours, in two ops", plain}};
  const std::string question =
      " linear_loss " + std::to_string(rows) + " " + std::to_string(in) + " " + std::to_string(classes);
  s.add_peers(all, question.substr(1), {{"PyTorch", 1.4}});
  s.row(name, all);
  const double ours = extra_megabytes(fused), theirs = s.ask("PyTorch", "memory" + question);
  s.figure(name + ", memory beside the gradients", ours, "MB", "");
  if (!std::isnan(theirs)) {
    s.figure(name + ", PyTorch's memory beside the gradients", theirs, "MB", "");
    s.figure(name + ", ours of PyTorch's", ours / theirs, "", "at most 0.20");
  }
}

// Bytes asked for in a step are those that it fills, but for small change.
void embedding(Session& s, std::int64_t rows, std::int64_t width, std::int64_t batch) {
  lt::Generator rng{1};
  lt::Embedding layer(rows, width);
  layer.initialise(rng);
  std::vector<std::int64_t> used;
  for (std::int64_t i = 0; i < batch; ++i) used.push_back(i * 7919 % rows);
  const lt::Tensor index = lt::from_span(used, {batch}), seed = lt::ones({batch, width});
  const auto gradients = [&] { return lt::grad(layer(index), lt::parameters(layer), {.seed = seed}); };
  lt::SGD sgd{{.learning_rate = 1e-3}};
  lt::Adam adam{{.learning_rate = 1e-3}};
  const struct {
    const char* what;
    std::function<void()> call;
    const char* question;
  } ways[] = {{"gradient", [&] { gradients(); }, "gradient"},
              {"step of SGD", [&] { sgd.step(layer, gradients()); }, "sgd"},
              {"step of Adam", [&] { adam.step(layer, gradients()); }, "adam"}};
  const std::string size = std::to_string(rows) + " x " + std::to_string(width) + ", batch " + std::to_string(batch);
  for (const auto& way : ways) {
    const std::string name = "embedding " + size + ", " + way.what;
    if (!s.wants(name)) continue;
    BestCopy copy(static_cast<std::size_t>(rows * width) * sizeof(float), s.threads(), s.has("AVX3"));
    std::vector<Contender> all{{"ours", way.call}, {"the table, " + copy.name(), [&] { copy(); }}};
    const std::string question = std::string(" ") + way.question + " " + std::to_string(rows) + " " +
                                 std::to_string(width) + " " + std::to_string(batch);
    s.add_peers(all, "embedding" + question, {{"PyTorch", 0}, {"JAX", 0}});
    s.row(name, all);
    const auto step = [&] { return way.call(), nullptr; };
    s.figure(name + ", memory asked for", extra_megabytes(step), "MB", "the used rows: 0.0x");
  }
}

}  // namespace

void large(Session& s) {
  linear_loss(s, 1024, 512, 50257);
  embedding(s, 100'000, 64, 32);
}

}  // namespace bench
