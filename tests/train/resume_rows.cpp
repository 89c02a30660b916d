// A run goes on with the rows that it began with, in their order, and with no others: in the same trainer, from a file,
// and from a file of the format before.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
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

// What a checkpoint of format 4 says of rows: the digest is one chain over dtype, rank, shape and bytes of both
// tensors.
std::string digest_of_format_4(const Dataset& rows) {
  std::uint64_t digest = 0x6c6f676974617065u;
  const auto mix = [&](std::uint64_t word) {
    digest = (digest ^ word) * 0x9e3779b97f4a7c15u;
    digest ^= digest >> 32;
  };
  for (const Tensor& t : {rows.inputs, rows.labels}) {
    mix(static_cast<std::uint64_t>(t.dtype()));
    mix(static_cast<std::uint64_t>(t.rank()));
    for (const std::int64_t extent : t.shape()) mix(static_cast<std::uint64_t>(extent));
    std::string bytes(static_cast<const char*>(t.data()), static_cast<std::size_t>(t.size()) * byte_size(t.dtype()));
    bytes.resize((bytes.size() + 7) / 8 * 8);
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      mix(word);
    }
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(digest));
  return text;
}

// The file as format 4 has it: [rows, name, digest] in place of [rows, name, digest, false].
void write_as_format_4(const std::string& path, const Dataset& rows, const Dataset& held_out) {
  Safetensors file = load_safetensors(path);
  file.metadata["logitape.checkpoint"] = "4";
  std::string& state = file.metadata["state"];
  for (const auto& [key, set] : {std::pair("\"train_rows\"", &rows), std::pair("\"held_out_rows\"", &held_out)}) {
    const std::size_t begin = state.find('[', state.find(key)), end = state.find(']', begin);
    state.replace(begin, end - begin,
                  "[" + std::to_string(set->size()) + ",\"old.csv\",\"" + digest_of_format_4(*set) + "\"");
  }
  save_safetensors(path, file.tensors, file.metadata);
}

}  // namespace

TEST_CASE(
    "a checkpoint of format 4 is read: its rows go on, others are refused by its digest, and so once saved anew") {
  const TemporaryFolder folder;
  const Dataset rows = clouds(61, 1), held = clouds(30, 2);  // 61 i64 labels are no multiple of 64 bytes
  Sequential whole = small_net(1), model = small_net(1);
  Trainer{whole, AdamW{}, two_epochs()}.fit(rows, held);
  Trainer first{model, AdamW{}, two_epochs()};
  first.on_epoch([&](const Epoch&) { first.stop(); });
  first.fit(rows, held);
  first.save(folder / "c");
  write_as_format_4(folder / "c", rows, held);
  Sequential fresh = small_net(2);
  Trainer second{fresh, AdamW{}, two_epochs()}, third{fresh, AdamW{}, two_epochs()};
  second.resume(folder / "c");
  second.save(folder / "again");
  third.resume(folder / "again");
  for (Trainer* const trainer : {&second, &third})
    for (const auto& [name, wrong] : mistaken(rows)) {
      CAPTURE(name);
      const std::string said = refusal_of([&, &wrong = wrong] { trainer->fit(wrong, held); });
      if (name == "one fewer") continue;  // its number tells
      CHECK(said.find("of digest " + digest_of_format_4(rows) + ", these") != std::string::npos);
      CHECK(said.find("have " + digest_of_format_4(wrong) + ":") != std::string::npos);
    }
  third.fit(rows, held);
  CHECK(bits_of(fresh) == bits_of(whole));
  third.save(folder / "new");
  const std::string state = load_safetensors(folder / "new").metadata.at("state");
  CHECK(state.find(digest_of_format_4(rows)) == std::string::npos);  // the digest of format 5 from now on
}

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
  for (const char* format : {"1", "2", "3", "6"}) {
    file.metadata["logitape.checkpoint"] = format;
    save_safetensors(folder / "c", file.tensors, file.metadata);
    CHECK(refusal_of([&] { trainer.resume(folder / "c"); }) == "Trainer::resume: \"" + (folder / "c") +
                                                                   "\" is a checkpoint of format " + format +
                                                                   "; this version reads formats 4 and 5");
  }
}

}  // namespace logitape::tests
