// Steps that write only the rows of a table that a batch has used: their bits are those of the dense step, tables that
// somebody holds never change, and nothing reads or writes the whole table.
#include <algorithm>
#include <thread>

#include "logitape/backends/registry.h"
#include "logitape/ops/detail/late_rows.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

constexpr std::int64_t rows = 53, width = 7;  // a row is no whole number of vectors

// A table, and a layer behind it.
struct Texts {
  Embedding table;
  Linear out{width, 3};
  explicit Texts(DType dtype = DType::f32) : table(rows, width, {.dtype = dtype}), out{width, 3, {.dtype = dtype}} {
    out = named("out", out);
    table = named("table", table);
    Generator rng{3};
    table.initialise(rng);
    out.initialise(rng);
  }
  Tensor operator()(const Tensor& x) const { return out(table(x)); }
  void visit(const ParameterVisitor& show) {
    table.visit(show);
    out.visit(show);
  }
  void initialise(Generator&) {}
};

struct Words {
  Tensor indices, labels;
};
// Batch k: few rows, the first of them twice and more; of several dtypes. Batch 3 is empty.
Words words(int k) {
  std::vector<std::int64_t> at, labels;
  for (int i = 0; i < (k == 3 ? 0 : 9); ++i) {
    at.push_back(i % 3 == 0 ? k : (k * 11 + i * 5) % rows);
    labels.push_back((i + k) % 3);
  }
  const auto count = static_cast<std::int64_t>(at.size());
  const DType dtypes[] = {DType::i64, DType::i32, DType::u8, DType::i16};
  return {from_span(at, {count}).to(dtypes[k % 4]), from_span(labels, {count})};
}

template <class M>
Tensors gradients_of(M& model, const Words& batch) {
  return grad(sum(cross_entropy(model(batch.indices), batch.labels, {.reduction = Reduction::none})),
              parameters(model));
}

// The same numbers in tables that were written when they were made.
Tensors written(const Tensors& gradients) {
  Tensors all;
  for (const Tensor& g : gradients) {
    Tensor y = Tensor::uninitialised(g.shape(), g.dtype());
    std::memcpy(y.writable(), g.data(), static_cast<std::size_t>(g.size()) * byte_size(g.dtype()));
    all.push_back(y);
  }
  return all;
}

const ops::LateRows* late(const Tensor& gradient) { return ops::late_rows(gradient); }

// A table, and what it said when it was young.
struct Held {
  Tensor table;
  std::vector<double> values;
};

// Both models get the same gradients, one of them written out first. `clip` changes them on the way.
template <class O, class F>
void check_same_steps(const O& optimiser, DType dtype, F clip) {
  INFO(optimiser.str());
  Texts by_rows(dtype), dense(dtype);
  O of_rows = optimiser, of_dense = optimiser;
  std::vector<Held> held;
  for (int k = 0; k < 12; ++k) {
    const Texts kept = by_rows;  // now and then somebody holds the table that would be written next
    const Tensor table = parameters(kept)[0];
    if (k % 5 == 2) held.push_back({table, table.to_vector<double>()});
    const Tensors gradients = gradients_of(by_rows, words(k));
    REQUIRE(late(gradients[0]));
    const Tensors clipped = clip(gradients);
    CHECK(late(clipped[0]));
    of_rows.step(by_rows, clipped);
    of_dense.step(dense, clip(written(gradients_of(dense, words(k)))));
    CHECK(bits_of(by_rows) == bits_of(dense));
  }
  for (const Held& h : held) CHECK(h.table.to_vector<double>() == h.values);
  const OptimiserState a = of_rows.state(), b = of_dense.state();
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) CHECK(same_bits(a.tensors[i].tensor, b.tensors[i].tensor));
}

const auto as_it_is = [](const Tensors& g) { return g; };

}  // namespace

TEST_CASE("the gradient of a table is dense for whoever reads it, and made when somebody does") {
  const Tensor table = variable(tensor({{1.f, 2.f}, {3.f, 4.f}, {5.f, 6.f}, {7.f, 8.f}}));
  const Tensor y = embedding(table, tensor({2, 0, 2}));
  const Tensor g = grad(sum(y * y), table);
  REQUIRE(late(g));
  CHECK(late(g)->indices().to_vector<int>() == std::vector<int>{2, 0, 2});
  CHECK(g.to_vector<float>() == std::vector<float>{2, 4, 0, 0, 20, 24, 0, 0});
  CHECK(late(g));  // it still names its rows
  CHECK(reshape(g, {8}).to_vector<float>() == g.to_vector<float>());
  CHECK(!late(reshape(g, {2, 4})));
  CHECK(late(grad(sum(gather(gather(table, tensor({0, 1, 1, 3})), tensor({1, 2}))), table)) == nullptr);  // one deep
  CHECK(grad(sum(gather(gather(table, tensor({0, 1, 1, 3})), tensor({1, 2}))), table).to_vector<float>() ==
        std::vector<float>{0, 0, 2, 2, 0, 0, 0, 0});
}

TEST_CASE("several threads may be the first to read a gradient") {
  const Tensor table = variable(ones({20000, 8}));
  for (int round = 0; round < 20; ++round) {
    const Tensor g = grad(sum(embedding(table, tensor({19999, 5, 5}))), table);
    std::vector<double> sums(4);
    std::vector<std::thread> readers;
    for (double& s : sums) readers.emplace_back([&] { s = sum(g).item(); });
    for (std::thread& r : readers) r.join();
    CHECK(sums == std::vector<double>(4, 24));
  }
}

TEST_CASE("SGD by rows has the bits of the dense step, and tables that are held stay as they were") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    check_same_steps(SGD{{.learning_rate = 0.3}}, dtype, as_it_is);
    check_same_steps(SGD{{.learning_rate = 0.3, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1}}, dtype,
                     as_it_is);
    check_same_steps(AdamW{{.learning_rate = 0.05}}, dtype, as_it_is);
  }
}

TEST_CASE("lazy rows are the rows whose gradient is not 0, whether it names them or not") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    check_same_steps(Adam{{.learning_rate = 0.05, .weight_decay = 0.1, .lazy_rows = "table.*"}}, dtype, as_it_is);
    check_same_steps(AdamW{{.learning_rate = 0.05, .lazy_rows = only_matrices}}, dtype, as_it_is);
    check_same_steps(SGD{{.learning_rate = 0.3, .momentum = 0.9, .weight_decay = 0.1, .lazy_rows = "*"}}, dtype,
                     as_it_is);
  }
}

TEST_CASE("clipping by norm and by value keeps the rows of a gradient, and the bits") {
  for (const double bound : {0.01, 1e6})
    for (const DType dtype : {DType::f32, DType::f64}) {
      const auto by_norm = [=](const Tensors& g) { return clip_by_global_norm(g, bound); };
      const auto by_value = [=](const Tensors& g) { return clip_by_value(g, bound); };
      check_same_steps(SGD{{.learning_rate = 0.3}}, dtype, by_norm);
      check_same_steps(SGD{{.learning_rate = 0.3}}, dtype, by_value);
      check_same_steps(AdamW{{.learning_rate = 0.05, .lazy_rows = "table.*"}}, dtype, by_norm);
    }
  Generator rng{1};  // a table of several of sum's blocks, and rows that lie in two of them
  const Tensor table = variable(randn({3000, 31}, rng)), at = tensor({2999, 264, 0, 264, 1321, 1057});
  const Tensor y = embedding(table, at), g = grad(sum(y * y * y), table);
  CHECK(global_norm({g}) == global_norm(written({g})));
}

TEST_CASE("a lazy step leaves the rows that a batch does not use, and what is remembered of them") {
  Texts model;
  AdamW adam{{.learning_rate = 0.1, .lazy_rows = "table.weight"}};
  for (int k = 0; k < 3; ++k) adam.step(model, gradients_of(model, words(k)));
  const Tensor before = parameters(model)[0], first = adam.state().tensors[0].tensor;
  const Words batch{tensor({4, 9, 4}), tensor({0, 1, 2})};
  adam.step(model, gradients_of(model, batch));
  const Tensor after = parameters(model)[0];
  CHECK(adam.state().tensors[0].name == "first_moment/table.weight");
  for (std::int64_t r = 0; r < rows; ++r) {
    INFO("row " << r);
    const bool used = r == 4 || r == 9;
    CHECK(same_bits(after[r], before[r]) == !used);
    CHECK(same_bits(adam.state().tensors[0].tensor[r], first[r]) == !used);
  }
}

TEST_CASE("a table that is the output's weight too has a dense gradient, and takes the same steps") {
  const auto tied = [](const Tensor& table, const Words& batch) {
    return cross_entropy(matmul(embedding(table, batch.indices), table, {.transpose_b = true}), batch.labels);
  };
  Generator rng{5};
  Parameter a{"table", variable(randn({rows, width}, rng))}, b = a;
  SGD sgd{{.learning_rate = 0.3}}, twin = sgd;
  for (int k = 0; k < 3; ++k) {
    Parameter *const first = &a, *const second = &b;
    const Tensors g = grad(tied(a.value, words(k)), {a.value});
    CHECK(!late(g[0]));
    sgd.step({&first, 1}, g);
    twin.step({&second, 1}, written(grad(tied(b.value, words(k)), {b.value})));
    CHECK(same_bits(a.value, b.value));
  }
}

TEST_CASE("padding of a bag is no row that a lazy step moves") {
  Parameter p{"p", variable(ones({20, 3}))};
  Parameter* const boxes[] = {&p};
  AdamW adam{{.lazy_rows = "p"}};
  const auto step = [&](const Tensor& bags) {
    const Tensor y = embedding_bag(p.value, bags);
    adam.step(boxes, grad(sum(y * y), {p.value}));
  };
  step(tensor({{0, 1, 2}}));
  const Tensor before = p.value;
  step(tensor({{7, -1, -1}}));
  for (int r = 0; r < 20; ++r) CHECK(same_bits(p.value[r], before[r]) == (r != 7));
}

TEST_CASE("lazy rows of no parameter are an error, and they are said by str()") {
  Texts model;
  AdamW adam{{.lazy_rows = "embedding.*"}};
  CHECK_THROWS_WITH_AS(
      adam.step(model, gradients_of(model, words(0))),
      "AdamW: lazy_rows \"embedding.*\" fits none of the parameters: table.weight, out.weight, out.bias", Error);
  CHECK(SGD{{.lazy_rows = "table.*"}}.str() ==
        "SGD{learning_rate 0.01, momentum 0, nesterov false, weight_decay 0, lazy_rows table.*}");
}

TEST_CASE("an index out of range is an error before anything moves") {
  Texts model;
  const std::string before = bits_of(model);
  CHECK_THROWS_WITH_AS(gradients_of(model, {tensor({1, 53}), tensor({0, 1})}),
                       "embedding: index 53 at position 1 is outside [0, 53)", Error);
  CHECK(bits_of(model) == before);
}

TEST_CASE("a step by rows that runs out of memory, at any allocation, changes nothing") {
  for (const AnyOptimiser& kind : {AnyOptimiser(SGD{{.learning_rate = 0.3}}),
                                   AnyOptimiser(AdamW{{.learning_rate = 0.05, .lazy_rows = "table.*"}})}) {
    Texts model;
    AnyOptimiser optimiser = kind;
    for (int k = 0; k < 4; ++k) optimiser.step(parameters_of(model), gradients_of(model, words(k)));
    Texts twin = model;
    AnyOptimiser twin_optimiser = optimiser;
    const Tensors gradients = gradients_of(model, words(5));
    twin_optimiser.step(parameters_of(twin), gradients);
    const std::string before = bits_of(model);
    int failures = 0;
    for (bool done = false; !done; ++failures) {
      memory::fail_request(failures + 1);
      try {
        optimiser.step(parameters_of(model), gradients);
        done = true;
      } catch (const Error& e) {
        memory::fail_request(0);
        CHECK(e.code() == ErrorCode::out_of_memory);
        CHECK(bits_of(model) == before);
      }
    }
    memory::fail_request(0);
    CHECK(failures > 4);
    CHECK(bits_of(model) == bits_of(twin));
  }
}

namespace {

// How many elements kernels of these names are asked to write.
std::int64_t elements_written = 0;
const backends::Kernels* counted = nullptr;
const backends::Kernels& counting() {
  static const backends::Kernels table = [] {
    backends::Kernels k = *counted;
    k.fill = [](const backends::FillArgs& a) { elements_written += a.size, counted->fill(a); };
    k.add = [](const backends::BinaryArgs& a) { elements_written += a.loop.size[0], counted->add(a); };
    k.copy = [](const backends::CopyArgs& a) { elements_written += a.size[0], counted->copy(a); };
    k.sgd_list = [](const backends::SgdListArgs& a) {
      for (std::int64_t i = 0; i < a.count; ++i) elements_written += a.each[i].size;
      counted->sgd_list(a);
    };
    k.adam_list = [](const backends::AdamListArgs& a) {
      for (std::int64_t i = 0; i < a.count; ++i) elements_written += 3 * a.each[i].size;
      counted->adam_list(a);
    };
    k.all_finite = [](const backends::AllFiniteArgs& a) {
      for (std::int64_t i = 0; i < a.count; ++i) elements_written += a.arrays[i].size;
      counted->all_finite(a);
    };
    return k;
  }();
  return table;
}

}  // namespace

TEST_CASE("a step of a large table fills, adds and updates the rows of the batch alone, in a loop and in Trainer") {
  constexpr std::int64_t many = 10000, wide = 16, batch = 8;
  counted = &backends::kernels();
  const backends::Kernels* const before = backends::replace_cpu_kernels(&counting());
  for (const AnyOptimiser& kind :
       {AnyOptimiser(SGD{{.learning_rate = 0.3}}), AnyOptimiser(AdamW{{.learning_rate = 0.05, .lazy_rows = "0.*"}})}) {
    Sequential model{Embedding{many, wide}, Linear{wide, 3}};
    Generator rng{1};
    model.initialise(rng);
    Generator draws{2};
    const Dataset texts{(uniform({64}, draws) * static_cast<double>(many)).to(DType::i32),
                        (uniform({64}, draws) * 3).to(DType::i64)};
    Trainer trainer{model, kind, {.epochs = 2, .batch_size = batch, .clip = {.norm = 0.1, .value = 10}}};
    std::int64_t most = 0;
    trainer.on_batch([&](const BatchEnd& end) {
      if (end.epoch == 1 && end.batch > 3) most = std::max(most, elements_written);
      elements_written = 0;
    });
    trainer.fit(texts);
    AnyOptimiser optimiser = kind;
    for (int k = 0; k < 6; ++k) {
      elements_written = 0;
      const Tensors gradients = grad(
          cross_entropy(model(gather(texts.inputs, arange(8))), gather(texts.labels, arange(8))), model.parameters());
      optimiser.step(parameters_of(model), gradients);
      if (k > 3) most = std::max(most, elements_written);
    }
    CHECK(most > batch * wide);
    CHECK(most < many * wide / 10);
  }
  backends::replace_cpu_kernels(before);
}

TEST_CASE("Trainer by rows: cut and resumed it gives the same bits, and other lazy rows are another run") {
  const TemporaryFolder folder;
  Generator rng{4};
  const Dataset texts{(uniform({40}, rng) * static_cast<double>(rows)).to(DType::i32),
                      (uniform({40}, rng) * 3).to(DType::i64)};
  const AdamW lazy{{.learning_rate = 0.05, .lazy_rows = "table.*"}};
  const TrainerOptions options{.epochs = 3, .batch_size = 7, .clip = {.norm = 0.5}};
  Texts whole, cut, fresh;
  Trainer at_once{whole, lazy, options};
  at_once.fit(texts);
  Trainer first{cut, lazy, options};
  first.on_batch([&](const BatchEnd& b) {
    if (b.step == 8) first.stop();
  });
  first.fit(texts);
  first.save(folder / "c");
  fresh.visit([](Parameter& p) { p.value = variable(zeros_like(p.value)); });
  Trainer other{fresh, AdamW{{.learning_rate = 0.05}}, options};
  CHECK_THROWS_AS(other.resume(folder / "c"), Error);
  Trainer second{fresh, lazy, options};
  second.resume(folder / "c");
  second.fit(texts);
  CHECK(bits_of(fresh) == bits_of(whole));
}

TEST_CASE("Trainer finds a NaN in a row that no batch has used yet, at the first step") {
  Texts model;
  model.visit([](Parameter& p) {
    if (p.name != "table.weight") return;
    auto values = p.value.to_vector<float>();
    values[50 * width + 2] = std::numeric_limits<float>::quiet_NaN();
    p.value = variable(from_span(values, p.value.shape()));
  });
  Trainer trainer{model, SGD{}, {.epochs = 1, .batch_size = 3}};
  CHECK_THROWS_WITH_AS(trainer.fit({tensor({1, 2, 3}), tensor({0, 1, 2})}),
                       doctest::Contains("step 1: the step gave parameter \"table.weight\" nan at row 50, column 2"),
                       Error);
}

TEST_CASE("in blocks, too, a gradient is made of the rows that a batch uses, with the sums of whole tables") {
  constexpr std::int64_t many = 20000, wide = 16, batch = 8;
  Generator rng{4};
  const Tensor table = variable(randn({many, wide}, rng)), weights = randn({batch, 3, wide}, rng);
  std::vector<std::int64_t> at;
  for (int i = 0; i < 3 * batch; ++i) at.push_back(i % 4 == 0 ? 19999 : static_cast<std::int64_t>(rng.below(many)));
  const Tensor indices = from_span(at, {batch, 3});
  const RowBlocks blocks({{0, 1, 2, 3, 4, 5, 6, 7, 8}, 0, batch, {}});
  const Tensor loss = sum(embedding(table, indices) * weights);
  memory::reset_peak();
  const std::int64_t before = memory::counts().live_bytes;
  const Tensor g = grad(loss, table);
  // the gradient's own memory, 1.28 MB, which nobody has written yet; the blocks' tables are small beside it
  CHECK(memory::counts().peak_bytes - before < many * wide * 4 * 5 / 4);
  REQUIRE(late(g) != nullptr);
  // each block's own table, whole, and the sum along the tree of eight
  std::vector<std::vector<float>> tables(batch, std::vector<float>(many * wide));
  const auto w = weights.to_vector<float>();
  for (std::size_t b = 0; b < batch; ++b)
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t i = 0; i < wide; ++i)
        tables[b][static_cast<std::size_t>(at[3 * b + k]) * wide + i] += w[(3 * b + k) * wide + i];
  for (std::size_t apart = 1; apart < batch; apart *= 2)
    for (std::size_t b = 0; b < batch; b += 2 * apart)
      for (std::size_t i = 0; i < tables[b].size(); ++i) tables[b][i] += tables[b + apart][i];
  CHECK(g.to_vector<float>() == tables[0]);
}

}  // namespace logitape::tests
