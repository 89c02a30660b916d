// Modules, metrics and options of train/ as users reach for them: each guess works, or does not compile.
#include <doctest/doctest.h>
#include <logitape.h>

#include <cmath>
#include <concepts>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace lt = logitape;

namespace {

// What converts to the first member of a struct, whatever that is, unless it begins with a NamedOnly.
template <class Options>
struct Anything {
  template <class T>
  requires(!std::same_as<T, Options> && !std::same_as<T, lt::NamedOnly>) operator T() const;
};
template <class Options>
concept FilledByPosition = requires {
  Options{Anything<Options>{}};
};

struct Positional {  // the check itself can fail
  double learning_rate = 0, momentum = 0;
};
static_assert(FilledByPosition<Positional>);

// Every struct of options in train/; a test below looks for others. The names are kept for it.
template <std::default_initializable... Options>
constexpr bool all_named() {
  static_assert((!FilledByPosition<Options> && ...), "options begin with NamedOnly named_only = NamedOnly();");
  return true;
}
static_assert(all_named<lt::SGDOptions, lt::AdamOptions, lt::AdamWOptions, lt::OneCycleOptions, lt::PlateauOptions,
                        lt::EarlyStoppingOptions>());
static_assert(all_named<lt::LinearLayerOptions, lt::Conv2dLayerOptions, lt::LayerNormOptions, lt::BatchNormOptions>());
static_assert(all_named<lt::EmbeddingOptions, lt::EmbeddingBagLayerOptions, lt::HashingTokenizer>());
static_assert(all_named<lt::distributed::WorldOptions, lt::distributed::SlicedLossOptions>());
static_assert(all_named<lt::BatchOptions, lt::SplitOptions, lt::LoadOptions, lt::ImageOptions, lt::CsvOptions,
                        lt::Augmentation, lt::TableOptions>());
static_assert(all_named<lt::PreprocessingOptions, lt::TrainerOptions, lt::Clipping, lt::CheckpointOptions>());
static_assert(all_named<lt::SimplexOptions, lt::ImportanceOptions>());
static_assert(all_named<lt::LearningRateOptions, lt::HeaderOptions, lt::COptions, lt::OnnxOptions,
                        lt::TorchWeightsOptions, lt::ProgressOptions, lt::train::GraphOptions>());
static_assert(all_named<lt::ExplainOptions>());
// One member: there is nothing to take it for.
static_assert(FilledByPosition<lt::EventWriterOptions> && FilledByPosition<lt::Conv2dFused>);

template <class... A>
concept MakesSGD = requires {
  lt::SGDOptions{A{}...};
};
static_assert(!MakesSGD<double, double> && !MakesSGD<double> && MakesSGD<>);

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::set<std::string> words_of(const std::string& text, const std::regex& pattern) {
  std::set<std::string> words;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) words.insert((*at)[1]);
  return words;
}

TEST_CASE("no struct of options in train/ is missing from the list above") {
  const std::set<std::string> listed = words_of(text_of(LOGITAPE_SOURCE_DIR "/tests/public_face_modules.cpp"),
                                                std::regex("lt::(?:train::|distributed::)?(\\w+)"));
  int seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(LOGITAPE_SOURCE_DIR "/train")) {
    if (entry.path().extension() != ".h" || entry.path().parent_path().filename() == "detail") continue;
    for (const std::string& name : words_of(text_of(entry.path()), std::regex("struct (\\w+Options) \\{"))) {
      CAPTURE(name);
      CHECK(listed.count(name) == 1);
      ++seen;
    }
  }
  CHECK(seen >= 20);  // or the pattern no longer finds them
}

TEST_CASE("parameters are reached by name, layers by index") {
  lt::Generator rng{7};
  lt::Sequential model{lt::Linear{4, 3}, lt::Relu{}, lt::Linear{3, 2}};
  model.initialise(rng);
  CHECK(model.parameter("0.weight").shape() == lt::Shape{4, 3});
  CHECK(lt::parameter(model, "2.bias").shape() == lt::Shape{2});
  lt::parameter_of(model, "2.bias").value = lt::variable(lt::tensor({1.f, 2.f}));
  CHECK(model.parameter("2.bias").to_vector<float>() == std::vector<float>{1, 2});
  CHECK_THROWS_WITH_AS(model.parameter("0.weigth"),
                       "parameter: no parameter is called \"0.weigth\"; there are 0.weight, 0.bias, 2.weight, 2.bias",
                       lt::Error);
  CHECK(model.size() == 3);
  const lt::Linear* first = model[0].as<lt::Linear>();
  REQUIRE(first != nullptr);
  CHECK((*first)(lt::ones({1, 4})).shape() == lt::Shape{1, 3});
  CHECK(model[1].as<lt::Linear>() == nullptr);
  CHECK(model.at(2).str() == "Linear{3, 2}");
  CHECK(model[-1].as<lt::Linear>() == model[2].as<lt::Linear>());
  CHECK_THROWS_WITH_AS(model[3], "Sequential: layer 3 is outside [-3, 3)", lt::Error);

  std::vector<lt::AnyModule> layers = model.modules();
  layers.back() = lt::Linear{3, 5};
  layers.back().initialise(rng);
  lt::Sequential other = lt::Sequential::of(layers);
  CHECK(other.parameter("2.weight").shape() == lt::Shape{3, 5});
  CHECK(other.parameter("0.weight").data() == model.parameter("0.weight").data());
}

TEST_CASE("metrics go by the names they are searched for") {
  const lt::Tensor logits = lt::tensor({{3.f, 2.f, 1.f}, {1.f, 2.f, 3.f}, {3.f, 2.f, 1.f}, {0.f, 1.f, 0.f}});
  const lt::Tensor labels = lt::tensor({0, 1, 2, 1});
  CHECK(lt::accuracy(logits, labels) == 0.5);
  CHECK(lt::top_k_accuracy(logits, labels, 2) == 0.75);
  const lt::Tensor confusion = lt::confusion_matrix(logits, labels);
  CHECK(lt::recall(confusion) == std::vector<double>{1, 0.5, 0});
  CHECK(lt::precision(confusion) == std::vector<double>{0.5, 1, 0});
  CHECK(lt::f1(confusion)[1] == 2.0 / 3);
  CHECK(lt::recall(confusion, lt::Average::macro) == 0.5);
  CHECK(lt::recall(confusion, lt::Average::weighted) == 0.5);
}

}  // namespace
