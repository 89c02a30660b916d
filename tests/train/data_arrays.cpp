// Arrays in files: IDX, .npy and .npz as others write them, as we write them, and as nobody should.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/train/data_files.h"
#include "tests/train/numpy_files.h"

namespace logitape::tests {
namespace {

using Numbers = std::vector<double>;

Tensor npy(std::string_view bytes) { return load_npy(GivenFile(bytes).path); }

std::string refused_npy(std::string_view bytes) {
  return GivenFile(bytes).refusal([](const std::string& path) { load_npy(path); });
}
std::string refused_npz(std::string_view bytes) {
  return GivenFile(bytes).refusal([](const std::string& path) { load_npz(path); });
}
std::string refused_idx(std::string_view bytes) {
  return GivenFile(bytes).refusal([](const std::string& path) { load_idx(path); });
}

void check_array(std::string_view bytes, DType dtype, const Shape& shape, const Numbers& values) {
  const Tensor t = npy(bytes);
  CHECK(t.dtype() == dtype);
  CHECK(t.shape() == shape);
  CHECK(t.to_vector<double>() == values);
}

std::string npy_with(const std::string& dictionary, const std::string& data, std::string_view version = {"\x01\0", 2}) {
  std::string bytes = "\x93NUMPY" + std::string(version);
  bytes += static_cast<char>(dictionary.size() & 0xff);
  bytes += static_cast<char>(dictionary.size() >> 8);
  if (version[0] != 1) bytes += std::string(2, '\0');
  return bytes + dictionary + data;
}

std::string idx_with(std::string_view magic, const std::vector<std::uint32_t>& extents, std::string_view data) {
  std::string bytes(magic);
  for (const std::uint32_t e : extents)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(e >> shift & 0xff);
  return bytes.append(data);
}

}  // namespace

TEST_CASE("NumPy's .npy files are read: versions, byte orders, Fortran's order, dtypes") {
  const Numbers m = {0, 1, 2, 3, 4, 5};
  for (const std::string_view bytes : {numpy::v1_f4, numpy::v2_f4, numpy::v3_f4})
    check_array(bytes, DType::f32, {2, 3}, m);
  check_array(numpy::big_f8, DType::f64, {2, 3}, {0, 0.25, 0.5, 0.75, 1, 1.25});
  check_array(numpy::fortran_i2, DType::i16, {2, 3}, m);
  check_array(numpy::big_fortran_i4, DType::i32, {2, 3}, m);
  check_array(numpy::f2, DType::f16, {2, 3}, {0, 0.5, 1, 1.5, 2, 2.5});
  check_array(numpy::u2, DType::i32, {2}, {0, 65535});
  check_array(numpy::u4, DType::i64, {2}, {0, 4294967295.0});
  CHECK(npy(numpy::u8).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, INT64_MAX});
  check_array(numpy::b1, DType::boolean, {2}, {1, 0});
  check_array(numpy::scalar, DType::f64, {}, {2.5});
  check_array(numpy::empty, DType::f32, {2, 0, 3}, {});
}

TEST_CASE("arrays of a type that is no dtype are refused by its name") {
  const std::string can = "; f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 can be read";
  CHECK(refused_npy(numpy::text) == "load_npy: \"FILE\" has elements of type 'U1'" + can);
  CHECK(refused_npy(numpy::complex) == "load_npy: \"FILE\" has elements of type 'c16'" + can);
  CHECK(refused_npy(numpy::u8_large) ==
        "load_npy: \"FILE\" has the u8 9223372036854775808 at element 0; 2^63-1 is the most there is");
  CHECK(refused_npy(numpy::record) ==
        "load_npy: \"FILE\" has records of fields, where numbers are needed (structured_to_unstructured of "
        "numpy.lib.recfunctions): "
        "{'descr': [('a', '<i4'), ('b', '<f8')], 'fortran_order': False, 'shape': "
        "(1,), }");
}

// long: a list, one lie a row
TEST_CASE("a .npy file that lies or ends early is refused") {
  const std::string whole(numpy::v1_f4);
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(refused_npy(whole.substr(0, length)).starts_with("load_npy: \"FILE\" "));
  CHECK(refused_npy(whole + "x") == "load_npy: \"FILE\" has bytes behind the end of its array");
  CHECK(refused_npy(whole.substr(0, whole.size() - 1)) ==
        "load_npy: \"FILE\" is truncated: its array ends 1 bytes early");
  CHECK(refused_npy("PK") == "load_npy: \"FILE\" is not a .npy file: it does not begin with \\x93NUMPY");
  CHECK(refused_npy(npy_with("{}", "", {"\x04\0", 2})) ==
        "load_npy: \"FILE\" is a .npy file of version 4.0; 1 to 3 can be read");
  const auto header = [](const std::string& shape) {
    return "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}";
  };
  const std::string truncated = "load_npy: \"FILE\" is truncated, or no such file: its header announces ";
  CHECK(refused_npy(npy_with(header("(1000000000, 1000)"), "1234")) ==
        truncated + "1000000000x1000 elements of 4 bytes, more than it can hold");
  CHECK(refused_npy(npy_with(header("(4611686018427387904, 8)"), "1234")) ==
        truncated + "4611686018427387904x8 elements of 4 bytes, more than it can hold");
  CHECK(refused_npy(npy_with(header("(1,1,1,1,1,1,1,1,1)"), "1234")) ==
        "load_npy: \"FILE\" has rank 9; 8 is the most there is");
  for (const char* wrong : {"(-1,)", "(1", "1", "(1 1)", "(99999999999999999999,)", "()()"})
    CHECK(refused_npy(npy_with(header(wrong), "1234"))
              .starts_with("load_npy: \"FILE\" has a header that cannot be read: "));
  for (const char* wrong :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4', 'shape': ()}", "{'x': 1}",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}", "{'descr': '<f4' 'fortran_order': False, 'shape': ()}"})
    CHECK(refused_npy(npy_with(wrong, "1234")).starts_with("load_npy: \"FILE\" has a header that cannot be read: "));
  CHECK(refused_npy(npy_with("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", "\x01\x02")) ==
        "load_npy: \"FILE\" has a boolean whose element 1 is 2");
  CHECK(npy(npy_with("{\"shape\": (1L,), 'fortran_order': False, \"descr\": '=f4'}", "1234")).shape() == Shape{1});
}

TEST_CASE("tensors of every dtype but bf16 come back from .npy as they were saved") {
  const TemporaryFolder folder;
  const std::string path = folder / "t.npy";
  for (int d = 0; d < dtype_count; ++d) {
    const auto dtype = static_cast<DType>(d);
    CAPTURE(dtype);
    if (dtype == DType::bf16) continue;
    for (const Tensor& saved : {tensor({{0, 1, 1}, {1, 0, 1}}), tensor({1, 0}), tensor(1), zeros({2, 0})}) {
      save_npy(path, saved.to(dtype));
      const Tensor loaded = load_npy(path);
      CHECK(loaded.dtype() == dtype);
      CHECK(loaded.shape() == saved.shape());
      CHECK(loaded.to_vector<double>() == saved.to_vector<double>());
      CHECK(text_of(path).find('\n') % 64 == 63);  // the array is aligned
    }
  }
  const std::string before = text_of(path);
  CHECK(refusal_of([&] { save_npy(path, ones({2}, DType::bf16)); }) ==
        "save_npy: NumPy has no bf16: cast bf16 [2] to f32 for \"" + path + "\"");
  CHECK(refusal_of([&] { save_npy(path, Tensor()); }) == "save_npy: the tensor for \"" + path + "\" is empty");
  CHECK(text_of(path) == before);
  CHECK(folder.files() == 1);
}

TEST_CASE("NumPy's .npz files are read, stored and deflated") {
  const auto stored = load_npz(GivenFile(numpy::stored).path);
  CHECK(stored.size() == 2);
  CHECK(stored[0].name == "x");
  CHECK(stored[0].tensor.to_vector<double>() == Numbers{0, 1, 2, 3, 4, 5});
  CHECK(stored[1].name == "y");
  CHECK(stored[1].tensor.dtype() == DType::i64);
  const auto deflated = load_npz(GivenFile(numpy::deflated).path);
  CHECK(deflated[0].tensor.shape() == Shape{40, 3});
  CHECK(deflated[1].tensor.to_vector<std::int64_t>()[39] == 1);
}

TEST_CASE("an archive that lies is refused: cut, damaged, sizes, places, checksums, names, encryption, zip64") {
  const std::string whole(numpy::stored);
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK(refused_npz(whole.substr(0, length)) != "");
  CHECK(refused_npz("") == "load_npz: \"FILE\" is no zip archive, or truncated: it has no directory");
  const std::size_t directory = whole.find("PK\x01\x02"), second = whole.find("PK\x01\x02", directory + 1),
                    end = whole.find("PK\x05\x06");
  const auto with = [&](std::size_t at, std::string_view bytes) {
    return std::string(whole).replace(at, bytes.size(), bytes);
  };
  const std::string refuses = "load_npz: \"FILE\" ";
  CHECK(refused_npz(with(directory + 8, {"\x01\0", 2})) == refuses + "has \"x.npy\" encrypted: it cannot be read");
  CHECK(refused_npz(with(directory + 10, {"\x0c\0", 2})) ==
        refuses + "has \"x.npy\" packed by method 12; 0, stored, and 8, deflate, can be read");
  CHECK(refused_npz(with(directory + 20, "\xff\xff\xff\xff")) ==
        refuses + "has \"x.npy\" as zip64, of 4 GiB or more: it cannot be read");
  CHECK(refused_npz(with(directory + 24, {"\x01\0\0\0", 4})) ==
        refuses + "is damaged: \"x.npy\" of 1 bytes cannot be packed in 152");
  CHECK(refused_npz(with(directory + 42, {"\xff\xff\0\0", 4})) ==
        refuses + "is damaged: \"x.npy\" begins at byte 65535, outside its place");
  CHECK(refused_npz(with(directory + 42, {"\x01\0\0\0", 4})) ==
        refuses + "is damaged: \"x.npy\" does not begin at byte 1");
  CHECK(refused_npz(with(second + 46, "x")) == refuses + "has \"x.npy\" twice");
  CHECK(refused_npz(with(second + 46 + 4, "z")) ==
        refuses + "has \"y.npz\", which is no array: a .npz file holds .npy files only");
  CHECK(refused_npz(with(end + 8, {"\x03\0\x03\0", 4})) ==
        refuses + "is damaged: its directory of 3 files ends behind 2");
  CHECK(refused_npz(with(end + 10, "\x03")) ==
        refuses + "is one of several volumes of a zip archive: it cannot be read");
  CHECK(refused_npz(with(end + 16, "\xff\xff\xff\xff")) ==
        refuses + "is a zip64 archive, of 4 GiB or 65,535 files and more: it cannot be read");
  const std::string value = with(directory - 1, "\x7f");  // the last byte of the last array
  CHECK(refused_npz(value).starts_with("load_npz: \"FILE, y.npy\" is damaged: its checksum is "));
  std::string onto = whole;  // the second where the first is
  onto.replace(second + 42, 4, whole, directory + 42, 4);
  CHECK(refused_npz(onto).find("lie on top of each other") != std::string::npos);
}

TEST_CASE("IDX files are read, of every type, plain and packed by gzip") {
  const std::string bytes = idx_with({"\0\0\x08\x03", 4}, {2, 2, 1}, "\x01\x02\x03\xff");
  const Tensor t = load_idx(GivenFile(bytes).path);
  CHECK(t.dtype() == DType::u8);
  CHECK(t.shape() == Shape{2, 2, 1});
  CHECK(t.to_vector<double>() == Numbers{1, 2, 3, 255});
  CHECK(load_idx(GivenFile(idx_with({"\0\0\x0b\x01", 4}, {2}, {"\x01\x00\xff\xff", 4})).path).to_vector<double>() ==
        Numbers{256, -1});
  CHECK(load_idx(GivenFile(idx_with({"\0\0\x0d\x01", 4}, {1}, {"\x3f\x80\0\0", 4})).path).item<float>() == 1.f);
  CHECK(load_idx(GivenFile(idx_with({"\0\0\x0e\x01", 4}, {1}, {"\x3f\xf0\0\0\0\0\0\0", 8})).path).item<double>() ==
        1.0);
  // as Python's gzip packs the bytes 0, 0, 8, 1, 0, 0, 0, 2, 5, 6
  const std::string_view packed{
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x63\x60\xe0\x60\x64\x60\x60\x60\x62\x65\x03\x00\x69\xfd\x88\x01\x0a\x00"
      "\x00\x00",
      30};
  const GivenFile gz(packed);
  CHECK(load_idx(gz.path).to_vector<double>() == Numbers{5, 6});
  for (std::size_t cut = 1; cut < packed.size(); ++cut) CHECK(refused_idx(packed.substr(0, cut)) != "");
  std::string wrong(packed);
  wrong[22] = 'x';
  CHECK(refused_idx(wrong) == "load_idx: \"FILE\" is damaged: its gzip data is not valid (incorrect data check)");
}

TEST_CASE("an IDX file that lies is refused before memory is asked for") {
  const std::string magic{"\0\0\x08\x02", 4};
  CHECK(refused_idx("P5 1") == "load_idx: \"FILE\" is not an IDX file: it does not begin with two zero bytes");
  CHECK(refused_idx("") == "load_idx: \"FILE\" is not an IDX file: it does not begin with two zero bytes");
  CHECK(
      refused_idx({"\0\0\x07\x01\0\0\0\0", 8}) ==
      "load_idx: \"FILE\" is not an IDX file: its element type is 0x07; there are 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e");
  CHECK(refused_idx({"\0\0\x08\x09", 4}) == "load_idx: \"FILE\" has rank 9; 1 to 8 can be read");
  CHECK(refused_idx(idx_with(magic, {2}, "")) == "load_idx: \"FILE\" is truncated: its header ends 4 bytes early");
  CHECK(refused_idx(idx_with(magic, {0xffffffff, 0xffffffff}, "12")) ==
        "load_idx: \"FILE\" is truncated, or no such file: its header announces 4294967295x4294967295 elements of 1 "
        "bytes, more than it "
        "can hold");
  CHECK(refused_idx(idx_with(magic, {2, 2}, "123")) == "load_idx: \"FILE\" is truncated: its array ends 1 bytes early");
  CHECK(refused_idx(idx_with(magic, {1, 2}, "123")) == "load_idx: \"FILE\" has bytes behind the end of its array");
}

}  // namespace logitape::tests
