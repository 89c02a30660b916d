// The flags of train_classifier and its pages of help.
#pragma once
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flags.h"
#include "help_page.h"

// How a file is read, by every part of the command.
struct DataFlags {
  std::string path;
  std::string label;                        // column
  std::string inputs, labels;               // arrays of .npz and safetensors
  std::string labels_file;                  // beside IDX and .npy
  std::string header;                       // yes, no, auto; here and below "": as for the classifier's own file
  std::string separator;                    // a character, "tab" or "space"
  std::string decimal;                      // "." or ","
  std::string missing;                      // fill, refuse
  std::vector<std::string> missing_values;  // in addition to the usual ones
  std::string image;                        // auto, no, or 28,28 or 28,28,1
  std::vector<std::string> ignore;          // columns left out; an entry is one name or several
  std::vector<std::string> text;            // columns that are text, in the same form
};

struct TrainFlags {
  DataFlags data;
  std::string test_data;
  double test = 0.2, validation = 0;
  std::string model = "auto";
  int epochs = 0;
  std::int64_t batch = 0;
  double learning_rate = 0;
  bool find_learning_rate = false;
  double weight_decay = -1, label_smoothing = -1, mixup = 0, clip = 0, average = 0;
  bool balanced = false, mixed_precision = false;
  int patience = 0;
  int folds = 0;
  std::uint64_t seed = 0;
  int threads = 2;
  logitape::Device device;
  std::string out = "runs/classifier";
  std::string header_file;
  bool events = false, resume = false;
  std::string color = "auto";
  logitape::distributed::World* world = nullptr;  // the ranks that mpirun started; null: it did not
};

// Of several ranks the first one writes files.
inline bool writes(const TrainFlags& f) { return !f.world || f.world->first(); }

struct UseFlags {
  DataFlags data;
  std::string model = "runs/classifier/classifier.safetensors";
  logitape::Device device;
  std::string out;
  std::string color = "auto";
};

inline constexpr const char* about = R"(Trains a classifier on a file of examples, and says what it is worth.

  ./examples/run train_classifier --data flowers.csv
  ./examples/run train_classifier --data digits.csv --model lenet --epochs 20
  ./examples/run train_classifier predict  --data new.csv --out predictions.csv
  ./examples/run train_classifier evaluate --data more.csv

predict and evaluate read a file as the training file was read, with the same
flags, unless you give others: --header, --separator, --decimal, --text,
--missing, --missing-values; columns that training lacked, and those of
--ignore, are skipped.

What it does
  1. Reads FILE: CSV, IDX (MNIST's), .npy, .npz or safetensors, packed by gzip or
     not. Of a CSV file the last column is the class, unless --label names
     another; every other column is an input, of numbers or of text.
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
  report.html             curves, confusion, scores of each class, reliability, the
                          hardest rows; a browser shows it; report.txt is the same
                          as text
  *.svg                   each figure by itself
  held_out.csv            each row held out: its place in the file, its class, the
                          prediction, the probabilities
  run/last.safetensors    what --resume needs to go on, after Ctrl-C for one

It exits with 0; with 2 where flags, data or disk are wrong, and a sentence that
says so; with 130 after Ctrl-C, when all is saved.
)";

// A CLI error for a number out of range; CLI's own sentences name the largest double.
inline std::string needed(const std::string& what, const std::string& text) {
  return what + " is needed, not \"" + text + "\"";
}

// The number, if the whole text is one.
template <class T>
std::optional<T> number_in(const std::string& text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + text.starts_with('+'), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

inline CLI::Validator number_from_0(bool itself) {
  return {[itself](const std::string& text) {
            const double number = number_in<double>(text).value_or(-1);
            if (std::isfinite(number) && (number > 0 || (itself && number == 0))) return std::string();
            return needed(itself ? "a finite number of at least 0" : "a finite number above 0", text);
          },
          "", ""};
}

inline CLI::Validator seed_number() {
  return {[](const std::string& text) {
            if (number_in<std::uint64_t>(text)) return std::string();
            return needed("a whole number from 0 to 18446744073709551615", text);
          },
          "", ""};
}

inline void add_data_flags(CLI::App& app, DataFlags& d) {
  app.add_option("--data", d.path, "the file of examples")->type_name("FILE")->group("Data");
  app.add_option("--label", d.label, "CSV: the column that is the class, by name or number (-1 is the last)")
      ->type_name("COLUMN")
      ->group("Data");
  app.add_option("--ignore", d.ignore,
                 "CSV: columns left out, a comma between; a name that has one may stand in quotes")
      ->type_name("COLUMN,...")
      ->group("Data");
  app.add_option("--text", d.text,
                 "CSV: columns that are text though they look like numbers; of the class: NA and the like name classes")
      ->type_name("COLUMN,...")
      ->group("Data");
  app.add_option("--header", d.header, "CSV: yes or no: whether the first line names the columns (seen from the file)")
      ->check(CLI::IsMember({"auto", "yes", "no"}))
      ->type_name("WHAT")
      ->group("Data");
  app.add_option("--separator", d.separator,
                 "CSV: between cells, a character, tab, or space for runs of blanks (seen from the file)")
      ->type_name("C")
      ->group("Data");
  app.add_option("--decimal", d.decimal,
                 "CSV: before a number's fraction, . or , (a point; what may be either is refused)")
      ->check(CLI::IsMember({".", ","}))
      ->type_name("MARK")
      ->group("Data");
  app.add_option("--missing", d.missing,
                 "CSV: fill cells without a value (numbers with the column's mean; of text it is a category), or "
                 "refuse them (fill)")
      ->check(CLI::IsMember({"fill", "refuse"}))
      ->type_name("WHAT")
      ->group("Data");
  app.add_option("--missing-values", d.missing_values,
                 "CSV: cells that stand for no value, a comma between, besides NA, NaN, null, ? and nothing in any "
                 "column and NULL, None, "
                 "n/a, - and the like among numbers")
      ->delimiter(',')
      ->type_name("TEXT,...")
      ->group("Data");
  app.add_option("--image", d.image, "rows are images of HEIGHT,WIDTH[,CHANNELS], or no images (seen from the numbers)")
      ->type_name("SHAPE")
      ->group("Data");
  app.add_option("--labels-file", d.labels_file, "IDX, .npy: the file of the labels")->type_name("FILE")->group("Data");
  app.add_option("--inputs", d.inputs, ".npz, safetensors: the array of the inputs")->type_name("NAME")->group("Data");
  app.add_option("--labels", d.labels, ".npz, safetensors: the array of the labels")->type_name("NAME")->group("Data");
}

// It is checked while the flags are read: before anything else is.
inline void add_device_flag(CLI::App& app, logitape::Device& device, const char* group) {
  app.add_option_function<std::string>(
         "--device", [&device](const std::string& name) { device = usable_device(name); },
         "cpu, cuda or cuda:1: where the network computes; what is saved can be used on any")
      ->default_str("cpu")
      ->type_name("DEVICE")
      ->group(group);
}

inline void add_color_flag(CLI::App& app, std::string& color) {
  app.add_option("--color", color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->group("Output");
}

inline void add_split_flags(CLI::App& app, TrainFlags& f) {
  app.add_option("--test", f.test, "the share of the rows that is held out")
      ->capture_default_str()
      ->type_name("SHARE")
      ->group("Split");
  app.add_option("--test-data", f.test_data, "a file of rows to be held out, instead of a share")
      ->type_name("FILE")
      ->group("Split");
  app.add_option("--validation", f.validation,
                 "a share kept aside to choose the best epoch by, and the temperature; 0: none")
      ->capture_default_str()
      ->type_name("SHARE")
      ->group("Split");
  app.add_option("--folds", f.folds, "first train K times, each time a different Kth held out")
      ->check(CLI::Range(2, 1 << 24))
      ->type_name("K")
      ->group("Split");
  app.add_option("--seed", f.seed, "of the split, the first weights and the order; one seed, one result, to the bit")
      ->check(seed_number())
      ->capture_default_str()
      ->type_name("N")
      ->group("Split");
}

inline void add_training_flags(CLI::App& app, TrainFlags& f) {
  const char* const group = "Training";
  app.add_option("--model", f.model,
                 "linear, mlp, mlp:128,64, 'mlp:99;dropout=0.2;activation=gelu', lenet, small_resnet, "
                 "'small_resnet;width=8' or text (mlp; "
                 "of one column of sentences text)")
      ->type_name("MODEL")
      ->group(group);
  app.add_option("--epochs", f.epochs, "how often each row is learnt from (by the number of rows)")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N")
      ->group(group);
  app.add_option("--batch", f.batch, "rows a step (by the number of rows)")
      ->check(CLI::Range(1, 1 << 24))
      ->type_name("N")
      ->group(group);
  app.add_option("--learning-rate", f.learning_rate, "at its height")
      ->check(number_from_0(false))
      ->type_name("X")
      ->group(group);
  app.add_flag("--find-learning-rate", f.find_learning_rate, "try many in a short run, and take what it suggests")
      ->group(group);
  app.add_option("--weight-decay", f.weight_decay, "of AdamW")
      ->check(number_from_0(true))
      ->type_name("X")
      ->group(group);
  app.add_option("--label-smoothing", f.label_smoothing, "of the loss")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("X")
      ->group(group);
  app.add_option("--mixup", f.mixup, "alpha; blends rows and their classes")
      ->check(number_from_0(true))
      ->type_name("X")
      ->group(group);
  app.add_option("--clip", f.clip, "the largest norm of a gradient")
      ->check(number_from_0(false))
      ->type_name("X")
      ->group(group);
  app.add_option("--average", f.average, "decay of an average of the weights, 0.99 say")
      ->check(CLI::Range(0.0, 0.999999))
      ->type_name("X")
      ->group(group);
  app.add_flag("--balanced", f.balanced, "draw rows so that every class comes as often")->group(group);
  app.add_option("--patience", f.patience, "stop after so many epochs without a gain; needs --validation")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N")
      ->group(group);
  app.add_flag("--mixed-precision", f.mixed_precision,
               "multiply in bf16, keep weights in f32: faster on CPUs with AVX512_BF16")
      ->group(group);
  app.add_option("--threads", f.threads, "how many compute; the numbers are the same for any count")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  add_device_flag(app, f.device, group);
}

inline void add_output_flags(CLI::App& app, TrainFlags& f) {
  app.add_option("--out", f.out, "the folder of what is left behind")
      ->capture_default_str()
      ->type_name("DIR")
      ->group("Output");
  app.add_flag("--resume", f.resume,
               "go on where the run in that folder stopped; the other flags as they were, but "
               "for --device and --threads")
      ->group("Output");
  app.add_flag("--events", f.events, "also write DIR/events for TensorBoard")->group("Output");
  app.add_option("--export", f.header_file, "also write the classifier as a C++ header without dependencies")
      ->type_name("FILE")
      ->group("Output");
  add_color_flag(app, f.color);
}
