// Files of every format with bytes changed, cut out, repeated and exchanged, thousands of each from one seed: they end
// in a value or in an Error, and never in more.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/sanitized.h"
#include "tests/train/data_files.h"
#include "tests/train/numpy_files.h"

namespace logitape::tests {
namespace {

// One to four changes at random places: a bit, a byte, one of the numbers that headers stumble over, a part gone,
// doubled or moved.
std::string mutated(std::string bytes, const std::string& other, Generator& rng) {
  static const std::vector<std::string> hard = {
      "\xff\xff\xff\xff", std::string(4, '\0'), "\x7f", "\x80", "\"", ",", "\n", "(", "9999999999", "-1", "nan", "{",
      "PK\x01\x02"};
  for (std::uint64_t changes = 1 + rng.below(4); changes > 0; --changes) {
    const std::size_t at = rng.below(bytes.size() + 1), most = bytes.size() - at;
    const std::size_t count = std::min<std::size_t>(most, 1 + rng.below(16));
    switch (rng.below(7)) {
      case 0:
        if (most > 0) bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.below(8)));
        break;
      case 1:
        if (most > 0) bytes[at] = static_cast<char>(rng.below(256));
        break;
      case 2: bytes.erase(at, count); break;
      case 3: bytes.insert(at, bytes.substr(at, count)); break;
      case 4: bytes.insert(at, hard[rng.below(hard.size())]); break;
      case 5: {
        const std::string& value = hard[rng.below(hard.size())];
        bytes.replace(at, std::min(most, value.size()), value);
        break;
      }
      default: bytes.replace(at, count, other.substr(rng.below(other.size()), count));
    }
  }
  return bytes;
}

struct Fate {
  int read = 0, refused = 0;
};
Fate fate_of(const std::vector<std::string>& whole, const auto& read, int rounds) {
  Generator rng{11};
  const GivenFile file("");
  Fate fate;
  for (int round = 0; round < rounds; ++round) {
    const std::string& original = whole[rng.below(whole.size())];
    std::filesystem::remove(file.path);  // some file systems flush a file that is cut to nothing and written again
    std::ofstream(file.path, std::ios::binary) << mutated(original, whole[rng.below(whole.size())], rng);
    try {
      read(file.path);
      ++fate.read;
    } catch (const Error&) {
      ++fate.refused;
    }
  }
  return fate;
}

// A valid result is one that can be used.
void use(const Examples& e) {
  if (e.labels.defined()) (void)Preprocessing::fit(e)(e);
}

constexpr int rounds = sanitized ? 2000 : 4000;

}  // namespace

TEST_CASE("mutated CSV files are read or refused") {
  const std::vector<std::string> files = {"a,b,c\n1.5,x,0\n2,y,1\n\"3\",\"z \"\"w\",0\n", "1;2;0\r\n3;4;1\r\n",
                                          "2,2,u,v\n1,2,0\n3,4,1\n", "a\tb\n?\tp\n2\tq\nNA\tq\n"};
  const Fate fate = fate_of(
      files, [](const std::string& path) { use(load_examples(path, {.csv = {.allow_missing = true}})); }, rounds);
  CHECK(fate.read > rounds / 20);
  CHECK(fate.refused > rounds / 20);
}

TEST_CASE("mutated .npy and .npz files are read or refused") {
  const std::vector<std::string> npy = {std::string(numpy::v1_f4), std::string(numpy::v2_f4),
                                        std::string(numpy::big_fortran_i4), std::string(numpy::u4),
                                        std::string(numpy::b1)};
  const Fate of_npy = fate_of(
      npy, [](const std::string& path) { load_npy(path); }, rounds);
  CHECK(of_npy.read > 0);
  CHECK(of_npy.refused > rounds / 2);
  const std::vector<std::string> npz = {std::string(numpy::stored), std::string(numpy::deflated)};
  const Fate of_npz = fate_of(
      npz, [](const std::string& path) { load_npz(path); }, rounds);
  CHECK(of_npz.read > 0);  // bytes of a header that nobody reads
  CHECK(of_npz.refused > rounds / 2);
  const GivenFile inputs("", "x.npy");
  save_npy(inputs.path, ones({2, 3}));
  const std::vector<std::string> texts = {
      std::string("\x93NUMPY\x01\0\x39\0", 10) + "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }" +
          std::string("a\0\0\0\0\0\0\0\xe9\0\0\0b\0\0\0", 16),
      std::string("\x93NUMPY\x01\0\x39\0", 10) + "{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }" +
          std::string("a\0bc", 4)};
  const Fate of_texts = fate_of(
      texts, [&](const std::string& path) { use(load_examples(inputs.path, {.labels_file = path})); }, rounds);
  CHECK(of_texts.read > 0);
  CHECK(of_texts.refused > rounds / 2);
}

TEST_CASE("mutated IDX, gzip and safetensors files are read or refused") {
  const std::vector<std::string> idx = {
      {"\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x05\x06", 18},
      {"\0\0\x0d\x01\0\0\0\x01\x3f\x80\0\0", 12},
      {"\x1f\x8b\x08\0\0\0\0\0\x02\xff\x63\x60\xe0\x60\x64\x60\x60\x60\x62\x65\x03\0\x69\xfd\x88\x01\x0a\0\0\0", 30}};
  const Fate of_idx = fate_of(
      idx, [](const std::string& path) { load_idx(path); }, rounds);
  CHECK(of_idx.read > 0);
  CHECK(of_idx.refused > rounds / 2);
  const GivenFile file("");
  save_safetensors(file.path, std::vector<NamedTensor>{{"x", ones({3, 2})}, {"y", tensor({0, 1, 0})}});
  const Fate of_safetensors = fate_of(
      {text_of(file.path)}, [](const std::string& path) { use(load_examples(path)); }, rounds);
  CHECK(of_safetensors.read > 0);
  CHECK(of_safetensors.refused > rounds / 2);
}

TEST_CASE("any mutated file given to load_examples, and mutated preprocessings, are read or refused") {
  const std::vector<std::string> all = {"a,b\n1,0\n2,1\n",
                                        std::string(numpy::v1_f4),
                                        std::string(numpy::stored),
                                        std::string(numpy::deflated),
                                        {"\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x05\x06", 18}};
  CHECK(fate_of(
            all, [](const std::string& path) { use(load_examples(path)); }, rounds)
            .read > 0);
  const Examples e = load_examples(GivenFile("c,n,y\nr,1,a\nb,2,b\n").path);
  Preprocessing fitted = Preprocessing::fit(e);
  fitted.reading = LoadOptions{};
  const std::string json = fitted.json();
  const Fate of_json = fate_of(
      {json},
      [&](const std::string& path) {
        const Preprocessing p = Preprocessing::from_json(text_of(path));
        (void)p.how_to_read(true);
        p.inputs(e);
      },
      rounds);
  CHECK(of_json.read > 0);
  CHECK(of_json.refused > rounds / 2);
}

}  // namespace logitape::tests
