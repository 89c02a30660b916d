// A run goes on with the rows that it began with, in their order, and with no others: in the same trainer, and from a
// file.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/train/data_files.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

TrainerOptions two_epochs() { return {.epochs = 2, .batch_size = 15, .data = "first.csv"}; }

Dataset with(const Dataset& rows, const std::vector<std::int64_t>& order) {
  const Tensor places = from_span(order, {static_cast<std::int64_t>(order.size())});
  return {gather(rows.inputs, places), gather(rows.labels, places)};
}

// The rows with a mistake in them, each with the mistake's name.
std::vector<std::pair<std::string, Dataset>> mistaken(const Dataset& rows) {
  std::vector<std::int64_t> swapped, reversed, first_again, fewer;
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    swapped.push_back(i == 0 ? 1 : i == 1 ? 0 : i);
    reversed.push_back(rows.size() - 1 - i);
    first_again.push_back(i + 1 == rows.size() ? 0 : i);
    if (i > 0) fewer.push_back(i);
  }
  std::vector<std::int64_t> labels = rows.labels.to_vector<std::int64_t>();
  labels.back() = (labels.back() + 1) % 3;
  std::vector<float> inputs = rows.inputs.to_vector<float>();
  inputs[5] = std::nextafter(inputs[5], 100.f);
  return {{"two swapped", with(rows, swapped)},
          {"reversed", with(rows, reversed)},
          {"one twice", with(rows, first_again)},
          {"one fewer", with(rows, fewer)},
          {"another label", {rows.inputs, from_span(labels, {rows.size()})}},
          {"another last digit", {from_span(inputs, rows.inputs.shape()), rows.labels}},
          {"another dtype of labels", {rows.inputs, rows.labels.to(DType::i32)}}};
}

}  // namespace

TEST_CASE(
    "a run that goes on refuses other rows, to train on or held out, in any order but theirs, and changes nothing") {
  const TemporaryFolder folder;
  const Dataset rows = clouds(60, 1), held = clouds(30, 2);
  Sequential model = small_net(1);
  Trainer first{model, AdamW{}, two_epochs()};
  first.on_epoch([&](const Epoch&) { first.stop(); });
  first.fit(rows, held);
  first.save(folder / "c");
  TrainerOptions other = two_epochs();
  other.data = "second.csv";
  Sequential fresh = small_net(2);
  Trainer second{fresh, AdamW{}, other};
  second.resume(folder / "c");
  for (Trainer* const trainer : {&first, &second}) {
    const std::string bits = bits_of(model) + bits_of(fresh);
    for (const auto& [name, wrong] : mistaken(rows)) {
      CAPTURE(name);
      const std::string said = refusal_of([&, &wrong = wrong] { trainer->fit(wrong, held); });
      const std::string now = trainer == &first ? " of \"first.csv\"" : " of \"second.csv\"";
      CHECK(said.starts_with("Trainer: the run began with 60 rows of \"first.csv\" to train on"));
      if (name == "one fewer") CHECK(said.ends_with(", this set has 59" + now));
      else CHECK(said.find(", these" + now + " have ") != std::string::npos);
      if (name != "one fewer") CHECK(said.ends_with(": other rows, or the same in another order"));
    }
    for (const auto& [name, wrong] : mistaken(held)) {
      CAPTURE(name);
      CHECK(refusal_of([&, &wrong = wrong] {
              trainer->fit(rows, wrong);
            }).starts_with("Trainer: the run began with 30 rows of \"first.csv\" held out"));
    }
    CHECK(refusal_of([&] { trainer->fit(rows); }) ==
          "Trainer: the run began with 30 rows of \"first.csv\" held out, this set has 0");
    CHECK(bits_of(model) + bits_of(fresh) == bits);
  }
  // the rows themselves, wherever they lie and whatever their file is called
  second.fit({clouds(60, 1).inputs, clouds(60, 1).labels}, clouds(30, 2));
  first.fit(rows, held);
  CHECK(bits_of(model) == bits_of(fresh));
}

TEST_CASE("a run that held nothing out goes on so") {
  const Dataset rows = clouds(60, 1);
  Sequential model = small_net(1);
  Trainer trainer{model, AdamW{}, two_epochs()};
  trainer.on_epoch([&](const Epoch&) { trainer.stop(); });
  trainer.fit(rows);
  CHECK(refusal_of([&] { trainer.fit(rows, clouds(30, 2)); }) ==
        "Trainer: the run began with 0 rows held out, this set has 30 of \"first.csv\"");
  CHECK(trainer.fit(rows).size() == 2);
}

TEST_CASE("a checkpoint of an older format is refused by its number") {
  const TemporaryFolder folder;
  Sequential model = small_net(1);
  Trainer trainer{model, AdamW{}, two_epochs()};
  trainer.save(folder / "c");
  Safetensors file = load_safetensors(folder / "c");
  for (const char* format : {"1", "2", "3", "5"}) {
    file.metadata["logitape.checkpoint"] = format;
    save_safetensors(folder / "c", file.tensors, file.metadata);
    CHECK(refusal_of([&] { trainer.resume(folder / "c"); }) == "Trainer::resume: \"" + (folder / "c") +
                                                                   "\" is a checkpoint of format " + format +
                                                                   "; this version reads format 4");
  }
}

}  // namespace logitape::tests
