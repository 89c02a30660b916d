// Objects and tensors that nobody has filled: whatever is asked of them answers or is refused with a sentence. UBSan
// and ASan see the rest.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/train/data_files.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

// `needs_more`: it cannot be answered, so it has to throw an Error. Neither kind throws anything else.
void ask(const std::string& what, bool needs_more, const std::function<void()>& question) {
  CAPTURE(what);
  bool refused = false;
  try {
    question();
  } catch (const Error& error) {
    refused = true;
    CHECK(std::string(error.what()).find(": ") != std::string::npos);
  }
  CHECK((refused || !needs_more));
}

}  // namespace

TEST_CASE("a Preprocessing that is not fitted refuses all that it would do") {
  const Preprocessing p;
  const Examples examples = examples_of(ones({2, 3}), tensor({0, 1}));
  const Examples table = load_examples(GivenFile("a,y\n1,u\n2,v\n").path);
  const std::string unfitted = "it is not fitted: Preprocessing::fit(training) makes one that is";
  for (const auto& question : std::vector<std::function<void()>>{
           [&] {
             p.inputs(ones({2, 3}));
           },
           [&] { p.inputs(ones({2})); }, [&] { p.inputs(Tensor()); }, [&] { p.inputs(examples); },
           [&] { p.inputs(table); }, [&] { p.inputs(Examples{}); },
           [&] { p.inputs(read_csv(GivenFile("a,y\n1,u\n").path)); }, [&] { (void)p.feature_names(); },
           [&] { (void)p.json(); }}) {
    const std::string said = refusal_of(question);
    CHECK(said.ends_with(unfitted));
  }
  ask("labels", true, [&] { p(examples); });
  ask("labels of a table", true, [&] { p(table); });
  ask("no rows", true, [&] { p(Examples{}); });
  CHECK(p.text_columns().empty());
  ask("how to read", false, [&] { (void)p.how_to_read(true); });
  Generator rng{1};
  ask("classifier", true, [&] { Classifier(p, "linear:2,2", rng); });
  ask("recipe", true, [&] { recipe_for(p, 10); });
  ask("architecture", true, [&] { architecture_for(p, "mlp"); });
}

TEST_CASE("examples, tables and datasets without anything in them are refused") {
  const Examples none;
  const Table no_table;
  Generator rng{1};
  ask("fit", true, [&] { Preprocessing::fit(none); });
  ask("fit rows of nothing", true, [&] { Preprocessing::fit(examples_of(ones({4, 0}), tensor({0, 1, 0, 1}))); });
  ask("dataset_of", true, [&] { dataset_of(none); });
  ask("class_sizes", true, [&] { class_sizes(none); });
  ask("split", true, [&] { split(none, SplitOptions{}, rng); });
  ask("split_rows", true, [&] { split_rows(Tensor(), {}, rng); });
  ask("folds", true, [&] { folds(Tensor(), 2, rng); });
  ask("cross_validate", true,
      [&] { cross_validate(none, 2, rng, [](const Examples&, const Examples&) { return 0.0; }); });
  ask("examples of a table", true, [&] { examples_of(no_table); });
  ask("examples of an unlabelled table", true, [&] { examples_of(no_table, {.labelled = false}); });
  ask("examples of tensors", true, [&] { examples_of(Tensor(), Tensor()); });
  ask("examples of inputs", true, [&] { examples_of(Tensor()); });
  ask("labels that are none", true, [&] { examples_of(ones({2}), Tensor()); });
  ask("place_of", true, [&] { (void)no_table.place_of("a"); });
  ask("the last column", true, [&] { (void)no_table.place_of(""); });
  ask("take of a table", true, [&] { take(no_table, std::vector<std::int64_t>{0}); });
  ask("take of examples", true, [&] { take(none, std::vector<std::int64_t>{0}); });
  ask("take nothing of examples", true, [&] { take(none, std::vector<std::int64_t>{}); });
  ask("csv_text", false, [&] { (void)csv_text(no_table); });
  CHECK(no_table.rows() == 0);
  ask("Dataset", true, [&] { Dataset(Tensor(), Tensor()); });
  ask("balanced_weights", true, [&] { balanced_weights(Tensor()); });
  ask("size", true, [&] { (void)none.size(); });
}

TEST_CASE("models, metrics and figures of nothing are refused or empty") {
  const Tensor none;
  Sequential model = small_net();
  ask("outputs_of", true, [&] { outputs_of(model, none); });
  ask("accuracy", true, [&] { accuracy(none, none); });
  ask("majority_accuracy", true, [&] { majority_accuracy(none, none); });
  ask("confusion_matrix", true, [&] { confusion_matrix(none, none); });
  ask("class_counts", true, [&] { class_counts(none); });
  ask("class_scores", true, [&] { class_scores(none); });
  ask("roc_curves", true, [&] { roc_curves(none, none); });
  ask("reliability_diagram", true, [&] { reliability_diagram(none, none); });
  ask("error of no diagram", false, [&] { (void)expected_calibration_error(ReliabilityDiagram{}); });
  ask("fit_temperature", true, [&] { fit_temperature(none, none); });
  ask("calibrate", true, [&] { calibrate(none, none); });
  ask("accuracy_if_classes", false, [&] { (void)accuracy_if_classes(none, none); });
  ask("prediction_table", true, [&] { prediction_table(none, std::vector<std::string>{}); });
  ask("prediction_table of a Prediction", true, [&] { prediction_table(Prediction{}, std::vector<std::string>{}); });
  ask("confusion_map", true, [&] { confusion_map(none, "t"); });
  ask("confusion_text", true, [&] { confusion_text(none, {}); });
  ask("heat map", false, [&] { (void)svg(HeatMap{}); });
  ask("line chart", false, [&] { (void)svg(LineChart{}); });
  ask("reliability", false, [&] { (void)svg(ReliabilityDiagram{}); });
  ask("line chart in text", false, [&] { (void)chart_text(LineChart{}, {}); });
  ask("reliability in text", false, [&] { (void)reliability_text(ReliabilityDiagram{}, {}); });
  ask("scores", false, [&] { (void)scores_text(ClassScores{}); });
  ask("loss chart", false, [&] { (void)loss_chart({}, "t"); });
  ask("roc chart", false, [&] { (void)roc_chart({}, "t"); });
  ask("report", false, [&] { (void)html(TrainingReport{}); });
  ask("report in text", false, [&] { (void)report_text(TrainingReport{}, {}); });
  ask("epoch", false, [&] { (void)epoch_row(Epoch{}); });
  CHECK(HashingTokenizer{}.ids("").empty());
  ask("texts", false, [&] { (void)HashingTokenizer{}(std::vector<std::string>{}); });
}

TEST_CASE("optimisers and schedules that have seen nothing") {
  const Tensor none;
  std::vector<Parameter*> no_parameters;
  Parameter empty;
  std::vector<Parameter*> one = {&empty};
  const auto each = [&](auto optimiser) {
    ask("no parameters", false,
        [&] { optimiser.step(std::span<Parameter* const>(no_parameters), std::vector<Tensor>{}); });
    ask("an empty parameter", true,
        [&] { optimiser.step(std::span<Parameter* const>(one), std::vector<Tensor>{none}); });
    ask("a state of nobody", true, [&] { optimiser.set_state(OptimiserState{}); });
    CHECK(optimiser.state().tensors.empty());
    CHECK_FALSE(optimiser.str().empty());
  };
  each(SGD{});
  each(Adam{});
  each(AdamW{});
  CHECK(Schedule{}(0, 0) == 1);
  for (const Schedule& schedule : {step_decay(1), cosine(), warm_up(0), warm_up(3), one_cycle()})
    ask("no steps", false, [&] { (void)schedule(0, 0); });
  ReduceOnPlateau plateau;
  plateau.observe(std::numeric_limits<double>::quiet_NaN());
  CHECK(plateau.factor() == 1);
  CHECK(global_norm({}) == 0);
  CHECK(clip_by_value({}, 1).empty());
  CHECK(clip_by_global_norm({}, 1).empty());
  ask("norm of nothing", true, [&] { global_norm(std::vector<Tensor>{none}); });
  ask("clip nothing by value", true, [&] { clip_by_value(std::vector<Tensor>{none}, 1); });
  ask("clip nothing", true, [&] { clip_by_global_norm(std::vector<Tensor>{none}, 1); });
  Generator rng{1};
  ask("mixup", true, [&] { mixup(none, none, 0.2, rng); });
  const TemporaryFolder folder;
  ask("save nothing", true, [&] { save_npy(folder / "a", none); });
  ask("save nothing by name", true, [&] { save_safetensors(folder / "a", std::vector<NamedTensor>{{"a", none}}); });
  ask("find in nothing", true, [&] { (void)Safetensors{}.at("a"); });
  CHECK(folder.files() == 0);
}

TEST_CASE("layers, models and a trainer refuse an empty tensor by name") {
  const Tensor none;
  const auto each = [&](auto layer) {
    Generator rng{1};
    if constexpr (requires { layer.initialise(rng); }) layer.initialise(rng);
    ask("a layer", true, [&] { layer(none); });
  };
  each(Linear{2, 3});
  each(Relu{});
  each(Gelu{});
  each(Silu{});
  each(Tanh{});
  each(Sigmoid{});
  each(Flatten{});
  each(Dropout{0.5});
  each(Conv2d{1, 2, 3});
  each(MaxPool2d{2});
  each(AvgPool2d{2});
  each(GlobalAvgPool2d{});
  each(LayerNorm{3});
  each(BatchNorm{3});
  each(Embedding{4, 2});
  each(EmbeddingBag{4, 2});
  each(small_net());
  Generator rng{1};
  Classifier classifier("linear:4,3", {"a", "b", "c"}, rng);
  ask("predict", true, [&] { classifier.predict(none); });
  ask("calibrate", true, [&] { classifier.calibrate({none, none}); });
  ask("neighbours", true, [&] { NearestNeighbours{clouds(9, 1)}(none); });
}

}  // namespace logitape::tests
