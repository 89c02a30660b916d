// Names, values, and the words of the page of help.
#include "train_flags.h"

#include <logitape.h>

#include "flags.h"

namespace command {
namespace {

void add_split_flags(CLI::App& app, TrainFlags& f) {
  app.add_option("--test", f.test, "the share of the rows that is held out")
      ->capture_default_str()
      ->type_name("SHARE")
      ->group("Split");
  app.add_option("--test-data", f.test_data, "a file or folder of rows to be held out, instead of a share")
      ->type_name("FILE")
      ->group("Split");
  app.add_option("--validation-data", f.validation_data, "the same of those to choose by, instead of --validation")
      ->type_name("FILE")
      ->group("Split");
  app.add_option("--validation", f.validation,
                 "a share kept aside to choose the best epoch by, and the temperature; 0: none")
      ->capture_default_str()
      ->type_name("SHARE")
      ->group("Split");
  app.add_option("--threshold", f.threshold,
                 "of two classes: from which probability on the second is named, and of several labels each of them, "
                 "chosen on the validation rows: f1, balanced, or cost:FP,FN, what a wrong yes and a wrong no cost")
      ->type_name("GOAL")
      ->group("Split");
  app.add_flag("--learning-curve", f.learning_curve, "also train on fewer rows: would more of them help?")
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

// Against learning by heart.
void add_restraint_flags(CLI::App& app, TrainFlags& f) {
  const char* const group = "Training";
  app.add_option("--label-smoothing", f.label_smoothing, "of the loss")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("X")
      ->group(group);
  app.add_option("--augment", f.augment,
                 "of pictures, each time anew: flip (left to right), shift (by an eighth at most), crop (3/4 of it or "
                 "more); a comma between")
      ->type_name("WHAT,...")
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
}

void add_training_flags(CLI::App& app, TrainFlags& f) {
  const char* const group = "Training";
  app.add_option("--model", f.model,
                 "linear, mlp, mlp:128,64, 'mlp:99;dropout=0.2;activation=gelu', lenet, small_resnet, "
                 "'small_resnet;width=8' or text (mlp; "
                 "of one column of sentences text; of large pictures try lenet)")
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
  add_restraint_flags(app, f);
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

void add_output_flags(CLI::App& app, TrainFlags& f) {
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

}  // namespace

void add_data_flags(CLI::App& app, DataFlags& d) {
  app.add_option("file,--data", d.path, "the file of examples, or a folder of pictures; - is standard input")
      ->type_name("FILE")
      ->group("Data");
  app.add_option("--label", d.label, "CSV: the column that is the class, by name or number (-1 is the last)")
      ->type_name("COLUMN")
      ->group("Data");
  app.add_option("--weight-column", d.weights,
                 "CSV: the column that says how many rows each counts as, 0 or more; it is no input. training and "
                 "results go by it, where it is named")
      ->type_name("COLUMN")
      ->group("Data");
  app.add_option("--ignore", d.ignore,
                 "CSV: columns left out, a comma between; a name that has one may stand in quotes")
      ->allow_extra_args(false)
      ->type_name("COLUMN,...")
      ->group("Data");
  app.add_option("--text", d.text,
                 "CSV: columns that are text though they look like numbers; of the class: NA and the like name classes")
      ->allow_extra_args(false)
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
      ->allow_extra_args(false)
      ->type_name("TEXT,...")
      ->group("Data");
  app.add_option("--image", d.image,
                 "rows are images of HEIGHT,WIDTH[,CHANNELS], or no images (seen from the numbers); "
                 "pictures are brought to that size")
      ->type_name("SHAPE")
      ->group("Data");
  app.add_option("--labels-file", d.labels_file, "IDX, .npy: the file of the labels")->type_name("FILE")->group("Data");
  app.add_option("--inputs", d.inputs, ".npz, safetensors: the array of the inputs")->type_name("NAME")->group("Data");
  app.add_option("--labels", d.labels, ".npz, safetensors: the array of the labels")->type_name("NAME")->group("Data");
}

void add_use_flags(CLI::App& app, UseFlags& f, const char* out, const char* type) {
  app.add_option("model,--model", f.model, "what training left")
      ->capture_default_str()
      ->type_name("MODEL")
      ->group("Model");
  add_device_flag(app, f.device, "Model");
  add_data_flags(app, f.data);
  app.add_option("--out", f.out, out)->type_name(type)->group("Output");
  add_color_flag(app, f.color);
}

void add_train_flags(CLI::App& app, TrainFlags& f) {
  add_data_flags(app, f.data);
  f.data.task = "classes";
  app.add_option(
         "--task", f.data.task,
         "what is learnt: classes, one for each row; multilabel, cells 'a;b' of any labels; regression, a number")
      ->check(CLI::IsMember({"classes", "multilabel", "regression"}))
      ->capture_default_str()
      ->type_name("TASK")
      ->group("Data");
  add_split_flags(app, f);
  add_training_flags(app, f);
  add_output_flags(app, f);
}

}  // namespace command
