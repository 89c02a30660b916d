// Threads that share a model: eight predict with two classifiers while others evaluate, copy and export, and two train
// models of their own. Each has to get the bits that one thread alone gets. With -DLOGITAPE_SANITIZE=thread it also
// says who writes what another reads.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "logitape.h"

namespace {

namespace lt = logitape;
using Bits = std::string;

Bits bits_of(const lt::Tensor& t) {
  return {static_cast<const char*>(t.data()), static_cast<std::size_t>(t.size()) * lt::byte_size(t.dtype())};
}

Bits bits_of(const lt::ModelRef& model) {
  Bits bits;
  const lt::ModelValues values = lt::values_of(model);
  for (const lt::Tensors& list : {values.parameters, values.buffers})
    for (const lt::Tensor& t : list) bits += bits_of(t);
  return bits;
}

// Images of 6 x 6: the class is where the light is.
lt::Examples pictures(std::int64_t rows, std::uint64_t seed) {
  lt::Generator rng{seed};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) labels.push_back(i % 3);
  const lt::Tensor classes = lt::from_span(labels, {rows});
  const lt::Tensor light = lt::reshape(lt::one_hot(classes, 3) * 2, {rows, 3, 1, 1});
  const lt::Tensor image = lt::reshape(lt::randn({rows, 36}, rng), {rows, 3, 2, 6}) + light;
  return lt::examples_of(lt::reshape(image, {rows, 6, 6, 1}), classes, {"top", "middle", "bottom"});
}

// With Dropout and BatchNorm, outside a residual block and inside.
lt::Sequential layered(std::uint64_t seed) {
  lt::Sequential model{lt::Conv2d{1, 4, 3, {.padding = 1}},
                       lt::BatchNorm{4},
                       lt::Relu{},
                       lt::ResidualBlock{4, 8, 2},
                       lt::Sequential{lt::Dropout{0.3}, lt::GlobalAvgPool2d{}},
                       lt::Linear{8, 3}};
  lt::Generator rng{seed};
  model.initialise(rng);
  return model;
}

template <class M>
M trained(M model, const lt::Dataset& rows) {
  lt::Trainer{model, lt::AdamW{{.learning_rate = 0.01}}, {.epochs = 2, .batch_size = 16}}.fit(rows, rows);
  return model;
}

// One thing that a thread does again and again, and what it came to when one thread alone did it.
struct Work {
  std::string name;
  std::function<Bits()> run;
  Bits alone = run();
};

void run_at_once(const std::vector<Work>& works, int times) {
  std::vector<std::string> wrong(works.size());
  std::latch start(static_cast<std::ptrdiff_t>(works.size()));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < works.size(); ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      try {
        for (int k = 0; k < times && wrong[i].empty(); ++k)
          if (works[i].run() != works[i].alone) wrong[i] = "other bits than one thread alone";
      } catch (const std::exception& e) {
        wrong[i] = e.what();
      }
    });
  for (std::thread& t : threads) t.join();
  bool right = true;
  for (std::size_t i = 0; i < works.size(); ++i)
    if (!wrong[i].empty()) {
      std::fprintf(stderr, "FAILED: %s: %s\n", works[i].name.c_str(), wrong[i].c_str());
      right = false;
    }
  if (!right) std::exit(1);
}

}  // namespace

int main() {
  lt::set_num_threads(2);
  const lt::Examples raw = pictures(48, 1);
  const lt::Preprocessing prepare = lt::Preprocessing::fit(raw);
  const lt::Dataset rows = prepare(raw);
  lt::Generator rng{3};
  const lt::Sequential model = trained(layered(1), rows);
  std::vector<lt::Classifier> shared;  // one with Dropout, one with BatchNorm
  for (const char* const architecture : {"mlp:36,16,16,3;dropout=0.4", "small_resnet:6,6,1,3;width=4"}) {
    lt::Classifier classifier(prepare, architecture, rng);
    shared.push_back(trained(std::move(classifier), rows));
    shared.back().calibrate(rows);
  }

  std::vector<Work> works;
  for (std::uint64_t seed = 0; seed < 8; ++seed)  // of another size each
    works.push_back({"predict", [&, some = pictures(5 + static_cast<std::int64_t>(seed), seed)] {
                       const lt::Classifier& classifier = shared[some.inputs.shape()[0] % 2];
                       return bits_of(classifier.predict(some).probabilities);
                     }});
  works.push_back({"evaluate", [&] { return bits_of(lt::evaluate(model, rows, {}, 20).outputs); }});
  works.push_back({"evaluate, on the tape", [&] { return bits_of(model(rows.inputs, lt::evaluation)); }});
  works.push_back({"copy, and train the copy", [&] {
                     lt::Sequential copy = trained(lt::Sequential(model), rows);
                     return bits_of(lt::ModelRef(copy));
                   }});
  works.push_back({"copy, and predict", [&] {
                     lt::Classifier copy = shared[1];
                     return bits_of(copy.predict(raw).probabilities);
                   }});
  works.push_back({"export", [&] { return lt::header_text(shared[0]); }});
  for (const std::uint64_t seed : {4, 5})
    works.push_back({"train", [&, seed] {
                       lt::Sequential own = trained(layered(seed), rows);
                       return bits_of(lt::ModelRef(own));
                     }});
  const lt::Tensor large = lt::randn({300, 300}, rng);  // of many blocks: the pool is asked for by several at once
  for (int k = 0; k < 2; ++k) works.push_back({"multiply", [&] { return bits_of(lt::matmul(large, large)); }});
  run_at_once(works, 20);
}
