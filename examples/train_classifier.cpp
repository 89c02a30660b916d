// Trains a classifier on your file: CSV, IDX, .npy, .npz or safetensors.
#include <logitape.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "train_classifier_options.h"
#include "train_classifier_result.h"
#include "train_classifier_train.h"

namespace lt = logitape;

namespace {

void check(const TrainFlags& f) {
  if (f.test_data.empty() && !(f.test > 0 && f.test < 1))
    throw std::invalid_argument(
        "--test needs a share above 0 and below 1, of rows that tell what the classifier is worth");
  if (f.out.empty()) throw std::invalid_argument("--out needs the name of a folder");
  for (const double x : {f.label_smoothing, f.average, f.validation})  // the ranges of the flags let NaN through
    if (!std::isfinite(x)) throw std::invalid_argument("a number among the flags is not finite");
  if (f.patience > 0 && f.validation == 0)
    throw std::invalid_argument("--patience needs --validation: what is held out for the accuracy chooses nothing");
  std::error_code no_such_file;
  if (!f.test_data.empty() && std::filesystem::equivalent(f.test_data, f.data.path, no_such_file))
    throw std::invalid_argument(
        "--test-data is the file of --data, \"" + f.data.path +
        "\": rows that are learnt from tell nothing about others; --test holds a share of them out");
  if (f.learning_rate > 0 && f.find_learning_rate)
    throw std::invalid_argument("--learning-rate and --find-learning-rate exclude each other");
}

// A file that is written must not be one that is read.
void require_other_file(const char* flag, const std::string& written, const std::vector<std::string>& read) {
  for (const std::string& path : read)
    if (std::error_code no_such_file; std::filesystem::equivalent(written, path, no_such_file))
      throw std::invalid_argument(std::string(flag) + " would write \"" + written + "\" over the rows that are read");
}

// Baselines to compare with: the most frequent class, and the five nearest rows.
std::vector<lt::TrainingReport::Fact> baselines(const Trained& t) {
  lt::Generator rng{1};
  const auto some_of = [&rng](const lt::Dataset& rows, std::int64_t most) {  // the time grows with the pairs of rows
    if (rows.size() <= most) return rows;
    const lt::Batch some = *lt::Batches{rows, {.size = most, .shuffle = &rng}}.begin();
    return lt::Dataset{some.inputs, some.labels};
  };
  const lt::Dataset known = some_of(t.train, 10000), asked = some_of(t.test, 2000);
  const auto k = std::min<std::int64_t>(5, known.size());
  const lt::Tensor votes =
      lt::NearestNeighbours{known, k, static_cast<std::int64_t>(t.classifier.classes().size())}(asked.inputs);
  return {{"most frequent class", percent(lt::majority_accuracy(t.train.labels, t.test.labels))},
          {std::to_string(k) + " nearest neighbours" +
               (known.size() < t.train.size() || asked.size() < t.test.size() ? ", of a sample" : ""),
           percent(lt::accuracy(votes, asked.labels))}};
}

void cross_validate(const TrainFlags& f, const lt::Examples& all, lt::Generator& rng) {
  std::printf("%d folds:", f.folds);
  const std::vector<double> scores =
      lt::cross_validate(all, f.folds, rng, [&](const lt::Examples& train, const lt::Examples& test) {
        TrainFlags fold = f;
        fold.validation = 0;
        fold.patience = 0;  // the part that is tested must not choose anything
        Trained t = train_on(fold, {train, {}, test, {}}, rng, false);
        const double score = lt::evaluate(t.classifier, t.test).accuracy;
        std::printf(" %s", percent(score).c_str());
        std::fflush(stdout);
        return score;
      });
  double sum = 0, squares = 0;
  for (const double s : scores) sum += s;
  const double mean = sum / f.folds;
  for (const double s : scores) squares += (s - mean) * (s - mean);
  std::printf("\n         mean %s, standard deviation %s\n\n", percent(mean).c_str(),
              percent(std::sqrt(squares / (f.folds - 1))).c_str());
}

std::vector<lt::TrainingReport::Fact> settings_of(const TrainFlags& f, const Trained& t) {
  const lt::TrainerOptions& o = t.recipe.training;
  std::vector<lt::TrainingReport::Fact> facts = {
      {"model", t.classifier.architecture()},
      {"optimiser", lt::AdamW{t.recipe.optimiser}.str()},
      {"schedule", o.schedule.str()},
      {"epochs", std::to_string(o.epochs)},
      {"rows a step", std::to_string(o.batch_size)},
      {"precision", f.mixed_precision ? "products of bf16, weights of f32" : "f32"},
      {"device", lt::kind_of(f.device)},
      {"seed", std::to_string(f.seed)},
      {"held out", f.test_data.empty() ? percent(f.test) + " of the rows, each class in its share" : f.test_data}};
  if (f.validation > 0)
    facts.push_back(
        {"validation", percent(f.validation) + " of the rows; the best epoch was " + std::to_string(t.best_epoch)});
  if (t.calibration)
    facts.push_back({"temperature", t.calibration->kept.empty() ? std::to_string(t.calibration->temperature)
                                                                : "1: " + t.calibration->kept});
  return facts;
}

// The files that a training leaves; if one cannot be written, the training does not begin. Of several ranks the first
// one writes.
struct Files {
  explicit Files(const TrainFlags& f)
      : model(f.out + "/classifier.safetensors"), page(f.out + "/report.html"), text(f.out + "/report.txt"),
        table(f.out + "/held_out.csv") {
    const std::vector<std::string> read = {f.data.path, f.test_data, f.data.labels_file};
    for (const auto& [flag, path] : {std::pair<const char*, const std::string*>{"--out", &model},
                                     {"--out", &page},
                                     {"--out", &text},
                                     {"--out", &table},
                                     {"--export", &f.header_file}}) {
      if (path->empty()) continue;
      require_other_file(flag, *path, read);
      if (writes(f)) lt::check_writable(*path);
    }
  }

  std::string model, page, text, table;
};

// counts: the rows of each class in training.
std::vector<std::string> write_all(const TrainFlags& f, const Files& files, Trained& t, const Judged& judged,
                                   const std::vector<lt::TrainingReport::Fact>& facts,
                                   const std::vector<std::int64_t>& counts) {
  lt::TrainingReport report = report_of(judged, t.classifier, std::filesystem::path(f.data.path).filename().string());
  report.history = t.history;
  report.training_counts = counts;
  report.data = facts;
  report.settings = settings_of(f, t);
  report.timings = {{"training", std::to_string(t.seconds) + " s"}, {"threads", std::to_string(f.threads)}};
  t.classifier.save(files.model);
  lt::write_file(files.page, lt::html(report));
  lt::write_file(files.text, lt::report_text(report, {.unicode = true}));
  lt::write_csv(files.table, judged_table(judged, t.classifier));
  std::vector<std::string> written = {files.model, files.page, files.text, files.table};
  if (!f.header_file.empty()) {
    lt::export_header(f.header_file, t.classifier);
    written.push_back(f.header_file);
  }
  for (std::string& path : write_figures(f.out, t.history, judged, t.classifier)) written.push_back(std::move(path));
  return written;
}

int train(const TrainFlags& f) {
  check(f);
  lt::set_num_threads(f.threads);
  const lt::Examples all = examples_of_file(f.data, load_options(f.data, true));
  auto facts = data_facts(f.data, all);
  print_facts(facts);
  print_facts(doubts(f.data, all));
  if (f.mixed_precision && !lt::multiplies_bf16(f.device))
    print_facts({{"note", lt::to_string(f.device) + " does not multiply bf16 itself: --mixed-precision takes more time "
                                                    "here, not less"}});
  lt::Generator rng{f.seed};
  const Parts parts = parts_of(f, all, rng);
  const auto left_out = single_texts(parts.train, prepared_for(f, parts.train));
  print_facts(left_out);
  facts.insert(facts.end(), left_out.begin(), left_out.end());
  print_facts(
      {{"device", lt::kind_of(f.device)},
       {"learnt from", count(parts.train.size(), "row") + ", " + std::to_string(parts.test.size()) + " held out"}});
  std::printf("\n");
  if (f.folds > 0) {
    lt::Generator copy = rng, folding = copy.split();  // the main run is the same without
    cross_validate(f, all, folding);
  }
  const Files files(f);
  Trained t = train_on(f, parts, rng, true);
  if (t.calibration && !t.calibration->kept.empty()) print_facts({{"note", "temperature 1: " + t.calibration->kept}});

  const Judged judged{parts.test, parts.test_rows, t.classifier.predict(parts.test), t.test.labels};
  const double accuracy = lt::accuracy(judged.prediction.probabilities, judged.labels);
  const auto others = baselines(t);
  std::printf("\naccuracy    %s of %s held out\n", percent(accuracy).c_str(), count(t.test.size(), "row").c_str());
  for (const auto& other : others) std::printf("            %s: %s\n", other.name.c_str(), other.value.c_str());
  std::printf("\n");
  print_result(judged, t.classifier, terminal(f.color));

  facts.insert(facts.end(), others.begin(), others.end());
  if (writes(f)) print_written(write_all(f, files, t, judged, facts, lt::class_sizes(parts.train)));
  if (t.interrupted) {
    std::printf("\nstopped in epoch %d of %d, and saved; to go on, the same command with --resume\n",
                static_cast<int>(t.history.size()) + 1, t.recipe.training.epochs);
    return 130;
  }
  const std::string model_flag = f.out == TrainFlags().out ? "" : " \\\n           --model " + files.model;
  std::printf("\nnext:    ./examples/run train_classifier predict --data FILE%s\n", model_flag.c_str());
  return 0;
}

// The result of `use` for the rows of a file; its errors then name the file.
template <class F>
auto of_rows(const std::string& path, const F& use) {
  try {
    return use();
  } catch (const lt::Error& error) {
    throw std::runtime_error(path + ": " + sentence_of(error));
  }
}

// As the rows of training were read, except for what the flags say.
lt::LoadOptions how_to_read(const lt::Classifier& classifier, const DataFlags& data, bool labelled) {
  if (!classifier.preprocessing) return load_options(data, labelled);
  lt::Preprocessing prepare = *classifier.preprocessing;
  if (!data.label.empty()) prepare.label = data.label;
  lt::LoadOptions how = prepare.how_to_read(labelled);
  const bool is_number = data.label.find_first_not_of("-0123456789") == std::string::npos;
  if (labelled && !data.label.empty() && is_number) how.csv.only.clear();  // its number counts all columns
  return load_options(data, labelled, how);
}

// An array that is a table by itself has the classes in the last column; new rows may have them there too.
lt::Examples without_labels(lt::Examples rows, const lt::Classifier& classifier) {
  const lt::Tensor& x = rows.inputs;
  const auto& p = classifier.preprocessing;
  if (p && !p->from_table && p->row.size() == 1 && x.rank() == 2 && x.shape()[1] == p->row[0] + 1)
    rows.inputs = lt::slice(x, {0, 0}, {-1, p->row[0]});
  return rows;
}

int predict(const UseFlags& f) {
  std::error_code no_such_file;
  if (!f.out.empty() && std::filesystem::equivalent(f.out, f.data.path, no_such_file))
    throw std::invalid_argument("--out and --data are the same file, \"" + f.out +
                                "\": the predictions would replace the rows");
  lt::Classifier classifier = lt::Classifier::load(f.model);
  lt::move_to(classifier, f.device);
  const lt::Examples rows =
      without_labels(examples_of_file(f.data, how_to_read(classifier, f.data, false)), classifier);
  const lt::Prediction said = of_rows(f.data.path, [&] { return classifier.predict(rows); });
  if (classifier.preprocessing)
    for (const auto& [name, value] : new_texts(rows, *classifier.preprocessing))  // printed beside the table, not in it
      std::fprintf(stderr, "%s: %s\n", name.c_str(), lt::printable(value).c_str());
  const lt::Table table = lt::prediction_table(said, classifier.classes());
  if (f.out.empty()) std::fputs(lt::csv_text(table).c_str(), stdout);
  else {
    lt::write_csv(f.out, table);
    print_written({f.out});
  }
  return 0;
}

int evaluate(const UseFlags& f) {
  lt::Classifier classifier = lt::Classifier::load(f.model);
  lt::move_to(classifier, f.device);
  const lt::Examples rows = examples_of_file(f.data, how_to_read(classifier, f.data, true));
  const Judged judged = of_rows(f.data.path, [&]() -> Judged {
    return {rows, row_numbers(rows), classifier.predict(rows), (*classifier.preprocessing)(rows).labels};
  });
  print_facts(data_facts(f.data, rows));
  print_facts(new_texts(rows, *classifier.preprocessing));
  print_facts({{"device", lt::kind_of(f.device)}});
  std::printf("\naccuracy    %s of %s\n\n",
              percent(lt::accuracy(judged.prediction.probabilities, judged.labels)).c_str(),
              count(rows.size(), "row").c_str());
  print_result(judged, classifier, terminal(f.color));
  if (f.out.empty()) return 0;
  const std::string page_file = f.out + "/report.html", table_file = f.out + "/predictions.csv";
  for (const std::string& path : {page_file, table_file}) lt::check_writable(path);
  lt::TrainingReport report = report_of(judged, classifier, std::filesystem::path(f.data.path).filename().string());
  report.data = data_facts(f.data, rows);
  report.settings = {
      {"model", f.model}, {"architecture", classifier.architecture()}, {"device", lt::kind_of(f.device)}};
  lt::write_file(page_file, lt::html(report));
  lt::write_csv(table_file, judged_table(judged, classifier));
  std::vector<std::string> written = {page_file, table_file};
  for (std::string& path : write_figures(f.out, {}, judged, classifier)) written.push_back(std::move(path));
  print_written(written);
  return 0;
}

void add_use_flags(CLI::App& app, UseFlags& f, const char* out, const char* type) {
  add_data_flags(app, f.data);
  app.add_option("--model", f.model, "what training left")->capture_default_str()->type_name("FILE")->group("Model");
  add_device_flag(app, f.device, "Model");
  app.add_option("--out", f.out, out)->type_name(type)->group("Output");
  add_color_flag(app, f.color);
}

int run(int argc, char** argv, lt::distributed::World& world) {
  TrainFlags t;
  if (world.launched()) t.world = &world;
  UseFlags p, e;
  CLI::App app{about, "train_classifier"};
  app.formatter(std::make_shared<HelpPage>());
  add_data_flags(app, t.data);
  add_split_flags(app, t);
  add_training_flags(app, t);
  add_output_flags(app, t);
  CLI::App& predicting = *app.add_subcommand("predict", "the classes of rows that have none");
  add_use_flags(predicting, p, "where the predictions go, as CSV; without it, to the terminal", "FILE");
  CLI::App& evaluating = *app.add_subcommand("evaluate", "the accuracy on rows whose classes are known");
  add_use_flags(evaluating, e, "a folder for the page, the figures and the predictions", "DIR");
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    throw std::invalid_argument(error.what());
  }
  for (const auto& [used, path] : {std::pair{predicting.parsed(), &p.data.path},
                                   {evaluating.parsed(), &e.data.path},
                                   {app.get_subcommands().empty(), &t.data.path}})
    if (used && path->empty()) throw std::invalid_argument("--data is missing: the file of examples. --help says more");
  if (!world.first() && (predicting.parsed() || evaluating.parsed())) return 0;  // a training alone is shared by ranks
  if (predicting.parsed()) return predict(p);
  if (evaluating.parsed()) return evaluate(e);
  return train(t);
}

}  // namespace

int main(int argc, char** argv) {
  const auto failed = [](const std::string& sentence) {
    std::fprintf(stderr, "train_classifier: %s\n", lt::printable(sentence).c_str());
    return 2;
  };
  const auto sentence = [](const std::exception& error) {
    const auto* const ours = dynamic_cast<const lt::Error*>(&error);
    const bool of_a_rank = ours && ours->op().starts_with("rank ");
    return ours && !of_a_rank ? sentence_of(*ours) : std::string(error.what());
  };
  try {
    lt::distributed::World world;
    if (!world.first() && !std::freopen("/dev/null", "w", stdout)) return failed("there is no /dev/null to write to");
    return world.run(
        [&] {
          const int code = run(argc, argv, world);
          if (std::fflush(stdout) != 0 || std::ferror(stdout))
            throw std::runtime_error("the output could not be written");
          return code;
        },
        [&](const std::exception& error) { return world.first() ? failed(sentence(error)) : 2; });
  } catch (const std::exception& error) {
    return failed(sentence(error));
  }
}
