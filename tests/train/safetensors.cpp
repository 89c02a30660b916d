// Tensors in files: every dtype there and back, the bytes as the format says, and refusal of what is wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "logitape.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

// A file by hand: the length of the header in 8 bytes, the header, the data.
std::string file_of(const std::string& header, const std::string& data = "") {
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> 8 * i & 0xff);
  return length + header + data;
}

void check_refused(ErrorCode code, const std::string& op, const std::string& sentence, const auto& call) {
  try {
    call();
    FAIL_CHECK("no error, but expected: " << sentence);
  } catch (const Error& error) {
    CHECK(error.code() == code);
    CHECK(std::string(error.what()) == op + ": " + sentence);
  }
}

// The bytes as a file are refused for that reason.
void check_hostile(const std::string& bytes, const std::string& why, ErrorCode code = ErrorCode::io) {
  const TemporaryFolder folder;
  const std::string path = folder / "bad.safetensors";
  std::ofstream(path, std::ios::binary) << bytes;
  check_refused(code, "load_safetensors", "\"" + path + "\" " + why, [&] { load_safetensors(path); });
}
void check_hostile_header(const std::string& header, const std::string& why, const std::string& data = "") {
  check_hostile(file_of(header, data), "is not a safetensors file: " + why);
}

Sequential small_model(std::uint64_t seed) {
  Sequential model{Linear{3, 4}, Relu{}, Linear{4, 2}};
  Generator rng{seed};
  model.initialise(rng);
  return model;
}

}  // namespace

TEST_CASE("tensors of every dtype, scalars, empty ones and metadata come back as they were saved") {
  const TemporaryFolder folder;
  std::vector<NamedTensor> saved;
  for (int d = 0; d < dtype_count; ++d) {
    const auto dtype = static_cast<DType>(d);
    saved.push_back({"of " + std::string(name(dtype)), tensor({{0, 1, 1}, {1, 0, 1}}).to(dtype)});
  }
  saved.push_back({"scalar", tensor(2.5)});
  saved.push_back({"empty", zeros({2, 0, 3})});
  saved.push_back({"NaN, -0 and a denormal", tensor({std::numeric_limits<float>::quiet_NaN(), -0.f, 1e-45f})});
  saved.push_back({"\"quotes\" \\ \n é", tensor({1.f})});
  const Metadata metadata{{"seed", "7"}, {"a \"quote\"", "é"}};
  save_safetensors(folder / "t", saved, metadata);
  const Safetensors loaded = load_safetensors(folder / "t");
  CHECK(loaded.tensors.size() == saved.size());
  for (const NamedTensor& t : saved) {
    INFO(t.name);
    CHECK(same_bits(loaded.at(t.name), t.tensor));
  }
  CHECK(loaded.metadata == metadata);
  CHECK(folder.files() == 1);
  check_refused(ErrorCode::invalid_argument, "Safetensors", "none of the 14 tensors is named \"x\"",
                [&] { loaded.at("x"); });
}

TEST_CASE("a saved file is the length, the header padded to 8 bytes, and the data, wide elements first") {
  const TemporaryFolder folder;
  save_safetensors(folder / "t",
                   std::vector<NamedTensor>{{"b", tensor({std::int8_t{3}})}, {"a", tensor({{1.f, 2.f}})}});
  std::string header =
      R"({"a":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]},"b":{"data_offsets":[8,9],"dtype":"I8","shape":[1]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  CHECK(text_of(folder / "t") == file_of(header, std::string("\0\0\x80\x3f\0\0\0\x40\x03", 9)));
}

TEST_CASE("a file of another writer is read: any order, spaces, no padding, no alignment") {
  const TemporaryFolder folder;
  const std::string header = R"({ "y" : {"shape":[1], "dtype":"I16", "data_offsets":[1,3]}, "__metadata__":{"k":"v"}, )"
                             R"("x":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}   )";
  std::ofstream(folder / "t", std::ios::binary) << file_of(header, std::string("\x01\x02\x01", 3));
  const Safetensors loaded = load_safetensors(folder / "t");
  CHECK(loaded.tensors[0].name == "x");
  CHECK(loaded.at("x").item<bool>());
  CHECK(loaded.at("y").to_vector<std::int16_t>() == std::vector<std::int16_t>{258});
  CHECK(loaded.metadata == Metadata{{"k", "v"}});
  std::ofstream(folder / "none", std::ios::binary) << file_of("{}");
  CHECK(load_safetensors(folder / "none").tensors.empty());
}

TEST_CASE("unsigned numbers that no Tensor has are read as wider ones") {
  const TemporaryFolder folder;
  const std::string path = folder / "unsigned.safetensors";
  const auto header = [](const std::string& dtype, const std::string& bytes) {
    return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":[2],\"data_offsets\":" + bytes + "}}";
  };
  const auto read = [&](const char* dtype, const char* bytes, const std::string& data) {
    std::ofstream(path, std::ios::binary) << file_of(header(dtype, bytes), data);
    return load_safetensors(path).at("a");
  };
  const Tensor narrow = read("U16", "[0,4]", std::string("\x01\0\xff\xff", 4));
  CHECK(narrow.dtype() == DType::i32);
  CHECK(narrow.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 65535});
  const Tensor middle = read("U32", "[0,8]", std::string("\x02\0\0\0\xff\xff\xff\xff", 8));
  CHECK(middle.dtype() == DType::i64);
  CHECK(middle.to_vector<std::int64_t>() == std::vector<std::int64_t>{2, 4294967295});
  const std::string three("\x03\0\0\0\0\0\0\0", 8), most("\xff\xff\xff\xff\xff\xff\xff\x7f", 8),
      more("\0\0\0\0\0\0\0\x80", 8);
  CHECK(read("U64", "[0,16]", three + most).to_vector<std::int64_t>() == std::vector<std::int64_t>{3, INT64_MAX});
  check_hostile(file_of(header("U64", "[0,16]"), three + more),
                "has a U64 \"a\" whose element 1 is 9223372036854775808; 2^63-1 is the most there is",
                ErrorCode::unsupported);
}

TEST_CASE("a file that is cut anywhere is refused, and so is one byte more") {
  const TemporaryFolder folder;
  save_safetensors(folder / "t", std::vector<NamedTensor>{{"a", tensor({1.f, 2.f})}, {"b", tensor({true})}});
  const std::string whole = text_of(folder / "t");
  for (std::size_t length = 0; length <= whole.size() + 1; ++length) {
    if (length == whole.size()) continue;
    std::ofstream(folder / "cut", std::ios::binary) << (whole + '\0').substr(0, length);
    CHECK_THROWS_AS(load_safetensors(folder / "cut"), Error);
  }
}

// long: a list, one lie a row
TEST_CASE("headers that lie are refused, each with its reason") {
  const std::string data(8, '\0');
  const auto entry = [](const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
    return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
  };
  check_hostile("", "is not a safetensors file: it has 0 bytes");
  check_hostile(std::string(7, 'x'), "is not a safetensors file: it has 7 bytes");
  const std::string too_long = "is not a safetensors file, or truncated: its header of ";
  check_hostile(std::string(8, '\xff') + "{}",
                too_long + "18446744073709551615 bytes is longer than the 2 it may have");
  check_hostile(std::string("\x03\0\0\0\0\0\0\0{}", 10), too_long + "3 bytes is longer than the 2 it may have");
  check_hostile_header("", "its header does not begin with a brace");
  check_hostile_header(" {}", "its header does not begin with a brace");
  check_hostile_header("[]", "its header does not begin with a brace");
  check_hostile_header("{\"a\":", "its header is not JSON, seen at byte 6");
  check_hostile_header("{\"\xff\":{}}", "its header is not JSON, seen at byte 3");
  check_hostile_header("{} {}", "its header is not JSON, seen at byte 4");
  check_hostile_header("{\"a\":" + std::string(1000000, '['), "its header is nested too deeply");
  check_hostile_header("{\"a\":{\"b\":" + std::string(1000000, '{'), "its header is nested too deeply");
  check_hostile_header("{\"a\":{\"shape\":[" + std::string(1000000, '['), "its header is nested too deeply");
  check_hostile_header("{\"a\":1}", "its header has a number where a tensor is described");
  check_hostile_header("{\"a\":[]}", "\"a\" is not an object");
  check_hostile_header("{\"a\":{}}", "\"a\" has no dtype");
  check_hostile_header("{\"a\":{\"dtype\":7}}", "\"a\" has no dtype");
  check_hostile_header("{\"a\":{\"dtype\":\"F32\"}}", "\"a\" has no list \"shape\"");
  check_hostile_header("{\"a\":{\"dtype\":\"F32\",\"shape\":\"\"}}", "\"a\" has no list \"shape\"");
  check_hostile_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", "\"a\" has no list \"data_offsets\"");
  check_hostile_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"x\":1}}",
                       "\"a\" has more than dtype, shape and data_offsets");
  const std::string needed = " where a whole number from 0 to 2^63-1 is needed";
  check_hostile_header("{\"a\":" + entry("[-1]", "[0,4]") + "}", "shape of \"a\" has -1" + needed);
  check_hostile_header("{\"a\":" + entry("[1.0]", "[0,4]") + "}", "shape of \"a\" has 1.0" + needed);
  check_hostile_header("{\"a\":" + entry("[1]", "[0,18446744073709551615]") + "}",
                       "data_offsets of \"a\" has 18446744073709551615" + needed);
  check_hostile_header("{\"a\":" + entry("[1e999]", "[0,4]") + "}", "its header has a number out of range");
  check_hostile_header("{\"a\":" + entry("[4294967296,4294967296]", "[0,0]") + "}",
                       "\"a\" has the shape [4294967296,4294967296], which no file can hold");
  check_hostile_header("{\"a\":" + entry("[4611686018427387904]", "[0,0]") + "}",
                       "\"a\" has the shape [4611686018427387904], which no file can hold");
  check_hostile_header("{\"a\":" + entry("[3]", "[0,8]") + "}",
                       "\"a\" is f32 [3], 12 bytes, but its data_offsets are [0,8]", data);
  check_hostile_header("{\"a\":" + entry("[1]", "[8,4]") + "}",
                       "\"a\" is f32 [1], 4 bytes, but its data_offsets are [8,4]", data);
  check_hostile_header("{\"a\":" + entry("[1]", "[4]") + "}", "\"a\" is f32 [1], 4 bytes, but its data_offsets are [4]",
                       data);
  check_hostile_header("{\"a\":" + entry("[3]", "[0,12]") + "}",
                       "\"a\" ends at byte 12 of the 8 that follow its header", data);
  check_hostile_header("{\"a\":" + entry("[2]", "[0,8]") + ",\"b\":" + entry("[1]", "[4,8]") + "}",
                       "\"b\" overlaps the tensor before it, which ends at byte 8", data);
  check_hostile_header("{\"a\":" + entry("[1]", "[4,8]") + "}", "no tensor owns the bytes 0 to 4", data);
  check_hostile_header("{\"a\":" + entry("[1]", "[0,4]") + "}", "no tensor owns the bytes 4 to 8", data);
  check_hostile_header("{\"a\":" + entry("[1]", "[0,4]") + ",\"a\":" + entry("[1]", "[4,8]") + "}",
                       "its header has \"a\" twice", data);
  check_hostile_header("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F64\"}}", "its header has \"dtype\" twice");
  check_hostile_header("{\"__metadata__\":[]}", "its __metadata__ is not an object");
  check_hostile_header("{\"__metadata__\":{\"k\":1}}", "its __metadata__ \"k\" is not text");
  std::string zeros_65 = "[0";
  for (int i = 1; i < 65; ++i) zeros_65 += ",0";
  check_hostile_header("{\"a\":" + entry(zeros_65 + "]", "[0,0]") + "}",
                       "its header has a list of more than 64 numbers");

  check_hostile(file_of("{\"a\":" + entry("[]", "[0,1]", "F8_E4M3") + "}", "x"),
                "has \"a\" as F8_E4M3; there are F16 BF16 F32 F64 I8 U8 I16 I32 I64 BOOL U16 U32 U64",
                ErrorCode::invalid_argument);
  check_hostile(file_of("{\"a\":" + entry("[1,1,1,1,1,1,1,1,1]", "[0,4]") + "}", "1234"),
                "has \"a\" with rank 9; 8 is the most there is", ErrorCode::invalid_argument);
  check_hostile(file_of("{\"a\":" + entry("[2]", "[0,2]", "BOOL") + "}", std::string("\x01\xff", 2)),
                "has a BOOL \"a\" whose element 1 is 255");
}

TEST_CASE("the time for a header grows with its length, whatever it holds") {
  const TemporaryFolder folder;
  // quadratic work would take minutes for each
  std::string tensors = "{", texts = R"({"__metadata__":{)";
  for (int i = 0; i < 60000; ++i) {
    tensors += fmt::format(R"({}"t{}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", i == 0 ? "" : ",", i);
    texts += fmt::format(R"({}"t{}":"")", i == 0 ? "" : ",", i);
  }
  std::ofstream(folder / "tensors", std::ios::binary) << file_of(tensors + "}");
  CHECK(load_safetensors(folder / "tensors").tensors.size() == 60000);
  std::ofstream(folder / "texts", std::ios::binary) << file_of(texts + "}}");
  CHECK(load_safetensors(folder / "texts").metadata.size() == 60000);
  const std::string commas(10'000'000, ','), brackets(10'000'000, '[');
  check_hostile_header("{" + commas, "its header is not JSON, seen at byte 2");
  check_hostile_header(R"({"a":)" + brackets, "its header is nested too deeply");
}

TEST_CASE("texts in metadata that nest without end are refused, and cost no more than their bytes") {
  const TemporaryFolder folder;
  Generator rng{1};
  Classifier("mlp:2,3,2", {"a", "b"}, rng).save(folder / "whole");
  const Safetensors whole = load_safetensors(folder / "whole");
  for (const auto& [name, text] : whole.metadata) {
    Metadata metadata = whole.metadata;
    metadata[name] = std::string(2'000'000, '[');
    save_safetensors(folder / "deep", whole.tensors, metadata);
    CHECK_THROWS_AS(Classifier::load(folder / "deep"), Error);
  }
}

TEST_CASE("a file whose bits were flipped is read or refused, and never more than that") {
  const TemporaryFolder folder;
  save_safetensors(folder / "t", std::vector<NamedTensor>{{"weight", tensor({{1.f, 2.f}})}, {"mask", tensor({true})}},
                   {{"k", "v"}});
  const std::string whole = text_of(folder / "t");
  int read = 0, refused = 0;
  for (std::size_t byte = 0; byte < whole.size(); ++byte)
    for (const int flip : {1, 2, 4, 16, 128, 255}) {
      std::string bytes = whole;
      bytes[byte] = static_cast<char>(bytes[byte] ^ flip);
      std::ofstream(folder / "flipped", std::ios::binary) << bytes;
      try {
        load_safetensors(folder / "flipped");
        ++read;
      } catch (const Error&) {
        ++refused;
      }
    }
  CHECK(read > 0);  // a bit of a value, or of a name
  CHECK(refused > read);
}

TEST_CASE("what is no file to read or no tensors to save is refused by name, and the old file stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "t";
  check_refused(ErrorCode::io, "load_safetensors", "\"" + path + "\" cannot be read: No such file or directory",
                [&] { load_safetensors(path); });
  check_refused(ErrorCode::io, "load_safetensors",
                "\"" + folder.path.string() + "\" cannot be read: it is no ordinary file",
                [&] { load_safetensors(folder.path.string()); });
  save_safetensors(path, std::vector<NamedTensor>{{"a", tensor({1.f})}});
  const std::string before = text_of(path);
  const auto refuse = [&](std::vector<NamedTensor> tensors, const std::string& sentence,
                          const Metadata& metadata = {}) {
    check_refused(ErrorCode::invalid_argument, "save_safetensors", sentence,
                  [&] { save_safetensors(path, tensors, metadata); });
    CHECK(text_of(path) == before);
  };
  refuse({{"a", tensor({1.f})}, {"a", tensor({2.f})}}, "two tensors are named \"a\"");
  refuse({{"a", Tensor()}}, "\"a\" is an empty tensor");
  refuse({{"__metadata__", tensor({1.f})}}, "\"__metadata__\" is the format's own name, no tensor's");
  refuse({{"\xff", tensor({1.f})}}, "a name or a metadata text for \"" + path + "\" is not UTF-8");
  refuse({{"b", tensor({1.f})}}, "a name or a metadata text for \"" + path + "\" is not UTF-8", {{"k", "\xc3"}});
  CHECK(folder.files() == 1);
}

TEST_CASE("a model's parameters come back by name, as leaves of the tape, and it computes the same") {
  const TemporaryFolder folder;
  Sequential saved = small_model(1), loaded = small_model(2);
  save_parameters(folder / "m", saved, {{"seed", "1"}});
  CHECK(load_parameters(folder / "m", loaded) == Metadata{{"seed", "1"}});
  const Tensor x = tensor({{1.f, -2.f, 3.f}});
  CHECK(same_bits(saved(x), loaded(x)));
  for (const Parameter& p : loaded.named_parameters()) CHECK(p.value.requires_grad());
}

TEST_CASE("parameters that do not fit leave the model as it was") {
  const TemporaryFolder folder;
  const std::string path = folder / "m";
  Sequential model = small_model(1);
  const auto before = model.parameters();
  const auto refuse = [&](const std::string& sentence, const auto& change) {
    std::vector<NamedTensor> tensors;
    for (const Parameter& p : small_model(2).named_parameters()) tensors.push_back({p.name, p.value});
    change(tensors);
    save_safetensors(path, tensors);
    check_refused(ErrorCode::invalid_argument, "load_parameters", "\"" + path + "\" has " + sentence,
                  [&] { load_parameters(path, model); });
    const auto after = model.parameters();
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(same_bits(before[i], after[i]));
  };
  refuse("no \"2.bias\", which the model has", [](auto& t) { t.pop_back(); });
  refuse("\"3.bias\"; the model has no such parameter", [](auto& t) { t.push_back({"3.bias", tensor({1.f})}); });
  refuse("\"2.bias\" as f64 [2], the model as f32 [2]",
         [](auto& t) { t.back().tensor = t.back().tensor.to(DType::f64); });
  refuse("\"2.bias\" as f32 [3], the model as f32 [2]", [](auto& t) { t.back().tensor = zeros({3}); });
  Sequential fresh{Linear{3, 4}, Relu{}, Linear{4, 2}};
  save_parameters(path, model);
  check_refused(ErrorCode::invalid_argument, "load_parameters",
                "parameter \"0.weight\" is not initialised: call initialise(rng) first",
                [&] { load_parameters(path, fresh); });
}

}  // namespace logitape::tests
