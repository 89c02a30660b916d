// Reads a classifier, and remembers how its rows were read.
#include "use.h"

namespace command {

void require_named(const UseFlags& f, const char* command) {
  if (f.data.path.empty())
    throw std::invalid_argument(std::string("the file of rows is missing: logitape ") + command +
                                " MODEL FILE. --help says more");
}

lt::Classifier classifier_of(const UseFlags& f) {
  lt::Classifier classifier = lt::Classifier::load(f.model);
  lt::move_to(classifier, f.device);
  return classifier;
}

lt::LoadOptions how_to_read(const lt::Classifier& classifier, const DataFlags& data, bool labelled) {
  if (!classifier.preprocessing) return load_options(data, labelled);
  lt::Preprocessing prepare = *classifier.preprocessing;
  if (!data.label.empty()) prepare.label = data.label;
  lt::LoadOptions how = prepare.how_to_read(labelled);
  const bool is_number = data.label.find_first_not_of("-0123456789") == std::string::npos;
  if (labelled && !data.label.empty() && is_number) how.csv.only.clear();  // its number counts all columns
  return load_options(data, labelled, how);
}

}  // namespace command
