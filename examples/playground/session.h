// What the engine remembers between requests: the learner's data set, and one training of it.
#pragma once
#include <logitape.h>

#include <memory>
#include <string>
#include <vector>

#include "request.h"

// A file's examples, and how they are shared out: as train_classifier does it, so that one seed gives one accuracy.
struct Data {
  std::string name;   // of the file
  std::string label;  // the column that was asked for; empty: the last
  std::vector<std::string> ignored;
  char decimal = '\0';  // the mark before a number's fraction, as CsvOptions has it
  logitape::Examples all;
  double test = 0.2;  // the share held out
};

// The rows held out, and everything that is learnt from the others.
struct Parts {
  Parts(const Data& data, double test, logitape::Generator& rng);

  std::vector<std::int64_t> test_rows;  // their numbers in the file, from 1
  logitape::Examples train, test;
  logitape::Preprocessing prepare;
};

// One training, from its first weights to the last epoch.
struct Training {
  Training(const Data& data, const Request& r);

  // Trains until so many steps are done or so many seconds are over.
  void go_on(std::int64_t steps, double seconds);
  bool done() const;

  std::uint64_t seed;
  double share;       // held out
  std::string model;  // as recipe_for takes it
  logitape::Generator rng;
  Parts parts;
  logitape::Dataset train, test;
  logitape::Recipe recipe;
  logitape::Classifier classifier;
  std::unique_ptr<logitape::Trainer> trainer;
  logitape::BatchEnd last = {};  // what the trainer said after its last step
  std::size_t told = 0;          // epochs of the history that an answer has had
  bool stopped = false;

 private:
  std::int64_t steps_left_ = 0;
  double until_ = 0;
};

// Errors: no data set is loaded; no training was started.
Data& loaded_data();
Training& started_training();
void keep(std::unique_ptr<Data> data);  // forgets the training of other data
void keep(std::unique_ptr<Training> training);

// The recipe for these rows, with the changes that the request asks for.
logitape::Recipe recipe_of(const Request& r, const std::string& model, const Parts& parts);
Json recipe_json(const logitape::Recipe& recipe);
