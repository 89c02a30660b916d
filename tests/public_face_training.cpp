// What users of other libraries type first to decay, freeze, schedule and stop; it must go on compiling as it stands.
#include <doctest/doctest.h>
#include <logitape.h>

#include <string>
#include <vector>

namespace lt = logitape;

namespace {

lt::Dataset points() {
  lt::Generator rng{7};
  const lt::Tensor x = lt::randn({64, 4}, rng);
  return {x, (lt::sum(x, {.axes = {1}}) > 0).to(lt::DType::i64)};
}

lt::Sequential net() {
  lt::Generator rng{7};
  lt::Sequential model{lt::Linear{4, 8}, lt::Relu{}, lt::Linear{8, 2}};
  model.initialise(rng);
  return model;
}

TEST_CASE("decay, groups and frozen parameters are said by the promised names") {
  lt::Sequential model = net();
  const lt::Dataset rows = points();
  lt::SGD sgd({.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 1e-4, .decays = lt::only_matrices});
  lt::Adam adam({.decays = [](const lt::Parameter& p) { return !p.name.ends_with("bias"); }});
  lt::AdamW adamw({.weight_decay = 0.01,
                   .decays = "*.weight",
                   .groups = {{.parameters = "0.*", .learning_rate_factor = 0.1, .weight_decay = 0},
                              {.parameters = {"2.weight", "2.bias"}, .learning_rate_factor = 2}}});
  const auto gradients = [&] {
    return lt::grad(lt::cross_entropy(model(rows.inputs), rows.labels), model.parameters());
  };
  sgd.step(model, gradients());
  adam.step(model, gradients());
  adamw.step(model, gradients());

  const lt::Parameters head = lt::train_only(model, "2.*");
  lt::AdamW fine_tuner{{.learning_rate = 1e-2}};
  const std::vector<float> before = model.parameters()[0].to_vector<float>();
  fine_tuner.step(head, lt::grad(lt::cross_entropy(model(rows.inputs), rows.labels), lt::values_of(head)));
  lt::Trainer(model, lt::AdamW{}, {.epochs = 2, .train_only = "2.*"}).fit(rows);
  lt::Trainer(model, lt::AdamW{}, {.epochs = 2, .train_only = {"2.weight", "2.bias"}}).fit(rows);
  lt::Trainer(model, lt::AdamW{},
              {.epochs = 2, .train_only = [](const lt::Parameter& p) { return p.name.starts_with("2."); }})
      .fit(rows);
  CHECK(model.parameters()[0].to_vector<float>() == before);
}

TEST_CASE("a loop of one's own warms up, decays, and stops early by the promised names") {
  lt::Sequential model = net();
  const lt::Dataset rows = points();
  lt::AdamW adam;
  const lt::Schedule schedule = lt::warm_up(5, lt::cosine());
  lt::EarlyStopping stop({.patience = 5});
  int epoch = 0;
  for (; epoch < 40; ++epoch) {
    adam.set_learning_rate(1e-2 * schedule(epoch, 40));
    adam.step(model, lt::grad(lt::cross_entropy(model(rows.inputs), rows.labels), model.parameters()));
    const double loss = lt::evaluate(model, rows).loss;
    if (stop(-loss)) break;
  }
  CHECK(stop.best_epoch() >= 1);
  CHECK(-stop.best() < 0.69);  // below log 2, that of guessing
  for (const lt::Schedule& s : {lt::step_decay(30, 0.1), lt::exponential(30, 0.9), lt::linear(), lt::linear(0.1),
                                lt::polynomial(2), lt::cosine(0.01), lt::warm_up(10), lt::one_cycle()})
    CHECK(s(0, 100) <= 1);
  const lt::Trainer early(model, lt::AdamW{}, {.early_stopping = lt::EarlyStoppingOptions{.patience = 3}});
}

}  // namespace
