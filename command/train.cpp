// logitape train: from a file of examples to a classifier, and to what it is worth.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "command.h"
#include "flags.h"
#include "insight.h"
#include "judged.h"
#include "pictures.h"
#include "settings.h"
#include "standard_input.h"
#include "training.h"

namespace command {
namespace {

constexpr const char* about = R"(Trains a classifier on a file of examples, and says what it is worth.

  logitape train flowers.csv
  logitape train digits.csv --model lenet --epochs 20
  logitape train photos/ --model small_resnet --augment flip,shift
  logitape train --config runs/classifier/run.toml
  zcat rows.csv.gz | logitape train - --out runs/rows
  mpirun -n 4 logitape train rows.csv

What it does
  1. Reads FILE: CSV, IDX (MNIST's), .npy, .npz or safetensors, packed by gzip or
     not. Of a CSV file the last column is the class, unless --label names
     another; every other column is an input, of numbers or of text. With --task
     multilabel it holds labels, 'a;b', and with --task regression numbers.
     Or a folder of pictures, PNG and JPEG, with a folder for each class, all
     brought to one size (--image 96,96,3). Folders train, val and test in it are
     the split: val chooses, test tells what the classifier is worth.
  2. Holds a fifth of the rows out, each class in its share. Nothing is learnt
     from them and nothing chosen by them: the accuracy at the end is of them.
  3. Learns from the others how to scale numbers and which texts there are, then
     trains a network on them.
  4. Says how often it is right, beside two baselines: naming the most frequent
     class, and looking up the five nearest rows. A network that is no better than
     those has learnt nothing that you need it for.

What to watch
  loss      begins near ln(classes), where guessing stands, and falls
  training  the share of the rows that were read correctly while learning them
  held out  the same of rows that are not learnt from: the honest number. Where
            training rises and it does not, the network learns by heart: more rows,
            --model linear, a higher dropout or fewer epochs may help.

What it leaves in the folder --out
  classifier.safetensors  model, classes and preprocessing: for predict, evaluate,
                          and logitape::Classifier::load in a program
  run.toml                the flags of this run: --config repeats it
  report.html             curves, confusion, scores of each class, reliability, the
                          hardest rows; a browser shows it; report.txt is the same
                          as text
  *.svg                   each figure by itself
  held_out.csv            each row held out: its place or its file, its class, the
                          prediction, the probabilities
  run/last.safetensors    what --resume needs to go on, after Ctrl-C for one

It exits with 0; with 2 where flags, data or disk are wrong, and a sentence that
says so; with 130 after Ctrl-C, when all is saved.
)";

// Flags that mean nothing for the task.
void check_task(const TrainFlags& f) {
  const lt::Task task = lt::task_named(f.data.task);
  const auto refuse = [&](bool given, const char* flag, const char* why) {
    if (given) throw std::invalid_argument(std::string(flag) + " is not for --task " + f.data.task + ": " + why);
  };
  if (!f.data.weights.empty() && f.mixup > 0)
    throw std::invalid_argument("--mixup blends rows, and --weight-column weighs them: there is no weight of a blend");
  if (task == lt::Task::classes) return;
  refuse(f.label_smoothing >= 0, "--label-smoothing", "it smooths one class among others");
  refuse(f.balanced, "--balanced", "it draws rows by their class");
  refuse(f.learning_curve, "--learning-curve", "it is of accuracies");
  refuse(!f.header_file.empty(), "--export", "a header tells classes apart");
  if (task == lt::Task::multilabel) return;
  refuse(!f.threshold.empty(), "--threshold", "it parts probabilities, and a number is predicted");
  refuse(f.mixup > 0, "--mixup", "it blends classes");
}

void check_flags(const TrainFlags& f) {
  if (f.data.path.empty())
    throw std::invalid_argument("the file of examples is missing: logitape train FILE. --help says more");
  for (const auto& [flag, path] : {std::pair{"--test-data", &f.test_data}, {"--validation-data", &f.validation_data}})
    if (*path == "-" && (f.data.path == "-" || path != &f.test_data))
      throw std::invalid_argument(std::string("standard input can be read once: ") + flag + " needs a file");
  if (f.data.path == "-" && f.world && f.world->size() > 1)
    throw std::invalid_argument("standard input comes to one rank alone: under mpirun the rows are read from a file");
  if (f.test_data.empty() && !(f.test > 0 && f.test < 1))
    throw std::invalid_argument(
        "--test needs a share above 0 and below 1, of rows that tell what the classifier is worth");
  if (f.out.empty()) throw std::invalid_argument("--out needs the name of a folder");
  for (const double x : {f.label_smoothing, f.average, f.validation})  // the ranges of the flags let NaN through
    if (!std::isfinite(x)) throw std::invalid_argument("a number among the flags is not finite");
  if (!f.threshold.empty()) {
    (void)lt::ThresholdGoal::named(f.threshold);
    if (!validates(f))
      throw std::invalid_argument(
          "--threshold needs --validation: it is chosen on rows that are not learnt from, and "
          "not on those of the accuracy");
  }
  if (f.patience > 0 && !validates(f))
    throw std::invalid_argument("--patience needs --validation: what is held out for the accuracy chooses nothing");
  if (f.validation > 0 && !f.validation_data.empty())
    throw std::invalid_argument("--validation and --validation-data exclude each other");
  if (!f.augment.empty()) (void)lt::Augmentation::named(f.augment);
  std::error_code no_such_file;
  if (std::filesystem::equivalent(f.validation_data, f.data.path, no_such_file))
    throw std::invalid_argument("--validation-data is the file of --data, \"" + f.data.path +
                                "\": what is learnt from chooses nothing");
  if (!f.test_data.empty() && std::filesystem::equivalent(f.test_data, f.data.path, no_such_file))
    throw std::invalid_argument(
        "--test-data is the file of --data, \"" + f.data.path +
        "\": rows that are learnt from tell nothing about others; --test holds a share of them out");
  if (f.learning_rate > 0 && f.find_learning_rate)
    throw std::invalid_argument("--learning-rate and --find-learning-rate exclude each other");
  check_task(f);
}

void cross_validate(const TrainFlags& f, const lt::Examples& all, lt::Generator& rng) {
  const Judge& judge = judge_of(all.task);
  std::printf("%d folds:", f.folds);
  const std::vector<double> scores =
      lt::cross_validate(all, f.folds, rng, [&](const lt::Examples& train, const lt::Examples& test) {
        TrainFlags fold = f;
        fold.validation = 0;
        fold.validation_data.clear();
        fold.patience = 0;  // the part that is tested must not choose anything
        Trained t = train_on(fold, {train, {}, test, {}}, rng, false);
        const double score = judge.score({test, row_numbers(test), t.classifier.predict(test), t.test.labels});
        std::printf(" %s", judge.written(score).c_str());
        std::fflush(stdout);
        return score;
      });
  double sum = 0, squares = 0;
  for (const double s : scores) sum += s;
  const double mean = sum / f.folds;
  for (const double s : scores) squares += (s - mean) * (s - mean);
  std::printf("\n         mean %s, standard deviation %s\n\n", judge.written(mean).c_str(),
              judge.written(std::sqrt(squares / (f.folds - 1))).c_str());
}

std::vector<Fact> settings_of(const TrainFlags& f, const Trained& t) {
  const lt::TrainerOptions& o = t.recipe.training;
  std::vector<Fact> facts = {
      {"task", f.data.task},
      {"model", t.classifier.architecture()},
      {"optimiser", lt::AdamW{t.recipe.optimiser}.str()},
      {"schedule", o.schedule.str()},
      {"epochs", std::to_string(o.epochs)},
      {"rows a step", std::to_string(o.batch_size)},
      {"precision", f.mixed_precision ? "products of bf16, weights of f32" : "f32"},
      {"device", lt::kind_of(f.device)},
      {"seed", std::to_string(f.seed)},
      {"held out", f.test_data.empty() ? percent(f.test) + " of the rows, each class in its share" : f.test_data}};
  if (validates(f))
    facts.push_back(
        {"validation", (f.validation_data.empty() ? percent(f.validation) + " of the rows" : f.validation_data) +
                           "; the best epoch was " + std::to_string(t.best_epoch)});
  if (!f.augment.empty()) facts.push_back({"augmented", o.augment.str()});
  for (std::size_t k = 0; k < t.thresholds.size(); ++k)
    facts.push_back({"threshold of " + t.classifier.classes()[k],
                     std::to_string(t.thresholds[k].threshold) + ", by " + f.threshold});
  if (t.calibration)
    facts.push_back({"temperature", t.calibration->kept.empty() ? std::to_string(t.calibration->temperature)
                                                                : "1: " + t.calibration->kept});
  if (t.threshold)
    facts.push_back({"threshold", std::to_string(t.threshold->threshold) + " of " + t.classifier.classes()[1] +
                                      ", by " + f.threshold + ": " + std::to_string(t.threshold->value) +
                                      ", with 0.5 " + std::to_string(t.threshold->at_half)});
  return facts;
}

// The files that a training leaves; if one cannot be written, the training does not begin. Of several ranks the first
// one writes.
struct Files {
  explicit Files(const TrainFlags& f)
      : model(f.out + "/classifier.safetensors"), page(f.out + "/report.html"), text(f.out + "/report.txt"),
        table(f.out + "/held_out.csv"), settings(f.out + "/run.toml") {
    const std::vector<std::string> read = {f.data.path, f.test_data, f.validation_data, f.data.labels_file};
    for (const auto& [flag, path] : {std::pair<const char*, const std::string*>{"--out", &model},
                                     {"--out", &page},
                                     {"--out", &text},
                                     {"--out", &table},
                                     {"--out", &settings},
                                     {"--export", &f.header_file}}) {
      if (path->empty()) continue;
      require_other_file(flag, *path, read);
      if (writes(f)) lt::check_writable(*path);
    }
  }

  std::string model, page, text, table, settings;
};

// counts: the rows of each class in training.
std::vector<std::string> write_all(const TrainFlags& f, const Files& files, Trained& t, const Judged& judged,
                                   const std::vector<Fact>& facts, const std::vector<std::int64_t>& counts,
                                   const std::vector<lt::LearningPoint>& curve) {
  lt::TrainingReport report = report_of(judged, t.classifier, f.title);
  report.history = t.history;
  report.training_counts = counts;
  report.importance = importance_of(judged, t.classifier);
  report.learning_curve = curve;
  report.data = facts;
  report.settings = settings_of(f, t);
  report.timings = {{"training", std::to_string(t.seconds) + " s"}, {"threads", std::to_string(f.threads)}};
  t.classifier.save(files.model);
  lt::write_file(files.page, lt::html(report));
  lt::write_file(files.text, lt::report_text(report, {.unicode = true}));
  lt::write_csv(files.table, judged_table(judged, t.classifier));
  lt::write_file(files.settings, f.settings);
  std::vector<std::string> written = {files.model, files.page, files.text, files.table, files.settings};
  if (!f.header_file.empty()) {
    lt::export_header(f.header_file, t.classifier);
    written.push_back(f.header_file);
  }
  for (std::string& path : write_figures(f.out, t.history, judged, t.classifier)) written.push_back(std::move(path));
  return written;
}

// The rows to train on and their numbers in the file, once the flags suit them; those of weight 0 are left out, as if
// they were absent.
struct Counted {
  lt::Examples rows;
  std::vector<std::int64_t> numbers;
  std::int64_t left_out;
};
Counted counted_rows(const TrainFlags& f) {
  lt::Examples read = examples_of_file(f.data, load_options(f.data, true));
  if (!f.augment.empty() && read.image.rank() == 0)
    throw std::invalid_argument("--augment changes pictures, and the rows of \"" + f.data.path + "\" are none");
  std::vector<std::int64_t> numbers = rows_that_count(read);
  const std::int64_t left_out = read.size() - static_cast<std::int64_t>(numbers.size());
  if (left_out > 0) read = lt::take(read, numbers);
  for (std::int64_t& number : numbers) ++number;
  if (!f.threshold.empty() && read.task == lt::Task::classes && read.classes.size() != 2)
    throw std::invalid_argument("--threshold parts two classes; there are " + std::to_string(read.classes.size()));
  return {std::move(read), std::move(numbers), left_out};
}

// The thresholds that were chosen, if they were.
void print_thresholds(const TrainFlags& f, const Trained& t) {
  if (t.threshold)
    std::printf("\nthreshold   %.4g: from there on a row is %s; %s on the validation rows %.4g, with 0.5 %.4g\n\n",
                t.threshold->threshold, lt::printable(t.classifier.classes()[1]).c_str(), f.threshold.c_str(),
                t.threshold->value, t.threshold->at_half);
  for (std::size_t k = 0; k < t.thresholds.size(); ++k)
    std::printf("%s%.4g for %s\n", k == 0 ? "\nthreshold   " : "            ", t.thresholds[k].threshold,
                lt::printable(t.classifier.classes()[k]).c_str());
}

// What is to be said of the parts. Error: no threshold can be chosen by them, which is told now, and not when all is
// learnt.
std::vector<Fact> facts_of(const TrainFlags& f, const Parts& parts) {
  if (!f.threshold.empty() && parts.train.task == lt::Task::classes)
    for (const std::int64_t rows : lt::class_sizes(parts.validation))
      if (rows == 0)
        throw std::invalid_argument("--threshold needs validation rows of both classes: a larger --validation");
  std::vector<Fact> facts = single_texts(parts.train, prepared_for(f, parts.train));
  for (const auto& [own_file, rows] : {std::pair{&f.validation_data, &parts.validation}, {&f.test_data, &parts.test}})
    if (!own_file->empty() && !rows->files.empty())
      for (const std::string& note : rows->notes) facts.push_back({"note", note});
  return facts;
}

int train_as(TrainFlags f, const Call& call) {
  f.title = title_of(f.data.path);
  const std::string given = f.data.path;
  const std::vector<Fact> parts_used = use_parts(f);
  check_flags(f);
  require_outside("--out", f.out, given);
  lt::set_num_threads(f.threads);
  const auto [all, numbers, weightless] = counted_rows(f);
  auto facts = data_facts(f.data, all);
  facts.insert(facts.end(), parts_used.begin(), parts_used.end());
  print_facts(facts);
  print_facts(doubts(f.data, all));
  if (weightless > 0) print_facts({{"note", count(weightless, "row") + " of weight 0: as if they were absent"}});
  if (f.mixed_precision && !lt::multiplies_bf16(f.device))
    print_facts({{"note", lt::to_string(f.device) + " does not multiply bf16 itself: --mixed-precision takes more time "
                                                    "here, not less"}});
  lt::Generator rng{f.seed};
  const Parts parts = parts_of(f, all, numbers, rng);
  const auto of_parts = facts_of(f, parts);
  print_facts(of_parts);
  facts.insert(facts.end(), of_parts.begin(), of_parts.end());
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
  const auto others = baselines(t.classifier, t.train, t.test);
  print_score(judged, t.classifier, count(t.test.size(), "row") + " held out");
  for (const auto& other : others) std::printf("            %s: %s\n", other.name.c_str(), other.value.c_str());
  std::printf("\n");
  print_result(judged, t.classifier, terminal(f.color));

  print_thresholds(f, t);
  std::vector<lt::LearningPoint> curve;
  if (f.learning_curve && !t.interrupted) curve = learning_curve(f, parts, t, rng);
  facts.insert(facts.end(), others.begin(), others.end());
  if (writes(f)) print_written(write_all(f, files, t, judged, facts, lt::class_sizes(parts.train), curve));
  if (t.interrupted) {
    std::printf("\nstopped in epoch %d of %d, and saved; to go on, the same command with --resume\n",
                static_cast<int>(t.history.size()) + 1, t.recipe.training.epochs);
    return 130;
  }
  std::printf("\nnext:    %s %s FILE\n", call.to_call("predict").c_str(), files.model.c_str());
  return 0;
}

Work add(CLI::App& app) {
  const auto f = std::make_shared<TrainFlags>();
  add_train_flags(app, *f);
  add_config_flag(app);
  return [f, &app](const Call& call) {
    if (call.world.launched()) f->world = &call.world;
    f->settings = settings_text(app, "train");
    return train_as(*f, call);
  };
}

}  // namespace

const Command train = {.name = "train",
                       .summary = "a classifier of a file of examples, and a page about it",
                       .about = about,
                       .add_flags = add,
                       .shared = true};

}  // namespace command
