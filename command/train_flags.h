// The flags of train, predict and evaluate.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "words.h"

namespace CLI {
class App;
}

namespace command {

// How a file is read, by every part of the command.
struct DataFlags {
  std::string path;                         // "-" is standard input
  std::string label;                        // column
  std::string task;                         // classes, multilabel, regression; "": the classifier's
  std::string weights;                      // column of the rows' weights; "": none
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
  std::string title;  // of the page
  std::string test_data, validation_data;
  double test = 0.2, validation = 0;
  std::string model = "auto";
  int epochs = 0;
  std::int64_t batch = 0;
  double learning_rate = 0;
  bool find_learning_rate = false;
  std::string augment;  // "flip,shift,crop", or some of them; "": pictures stay as they are
  double weight_decay = -1, label_smoothing = -1, mixup = 0, clip = 0, average = 0;
  bool balanced = false, mixed_precision = false;
  int patience = 0;
  std::string threshold;  // the goal by which it is chosen; "": none
  bool learning_curve = false;
  int folds = 0;
  std::uint64_t seed = 0;
  int threads = 2;
  logitape::Device device;
  std::string out = "runs/classifier";
  std::string header_file;
  bool events = false, resume = false;
  std::string color = "auto";
  std::string config;                             // a file with more flags
  std::string settings;                           // all flags that were given, to be kept beside the model
  logitape::distributed::World* world = nullptr;  // the ranks that mpirun started; null: it did not
};

// Whether rows are kept aside to choose by.
inline bool validates(const TrainFlags& f) { return f.validation > 0 || !f.validation_data.empty(); }

// Of several ranks the first one writes files.
inline bool writes(const TrainFlags& f) { return !f.world || f.world->first(); }

struct UseFlags {  // of predict and evaluate
  DataFlags data;
  std::string model = "runs/classifier/classifier.safetensors";
  logitape::Device device;
  std::string out;
  std::string format;  // of predictions: csv, jsonl
  std::string color = "auto";
};

void add_data_flags(CLI::App& app, DataFlags& d);
// The model and the rows of predict and evaluate. out: what --out is, and its type.
void add_use_flags(CLI::App& app, UseFlags& f, const char* out, const char* type);
void add_train_flags(CLI::App& app, TrainFlags& f);

}  // namespace command
