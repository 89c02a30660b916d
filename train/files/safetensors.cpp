// Bytes between files and tensors; safetensors_header.cpp reads the header.
#include "logitape/train/files/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <set>
#include <utility>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/safetensors_header.h"
#include "logitape/train/files/detail/source.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format's bytes are little-endian, and are copied as they are");

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t most_header_bytes = 100'000'000;  // the limit of the format's own reader

std::string_view bytes_of(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.data()), static_cast<std::size_t>(tensor.size()) * byte_size(tensor.dtype())};
}

void check_booleans(const std::string& path, const NamedTensor& t) {
  const std::int64_t wrong = first_no_boolean(t.tensor.data(), t.tensor.size());
  if (wrong < t.tensor.size())
    fail(ErrorCode::io, "load_safetensors", "\"{}\" has a BOOL \"{}\" whose element {} is {}", path, t.name, wrong,
         static_cast<const std::uint8_t*>(t.tensor.data())[wrong]);
}

// Tensors do not have these dtypes: U16 becomes i32, U32 becomes i64, and U64 becomes i64 if its elements fit.
Tensor signed_of(const std::string& path, const std::string& name, const Tensor& raw) {
  const auto widened = [&]<class From, class To>(DType to) {
    Tensor wide = Tensor::uninitialised(raw.shape(), to);
    const auto* from = static_cast<const From*>(raw.data());
    std::copy(from, from + raw.size(), static_cast<To*>(wide.writable()));
    return wide;
  };
  if (raw.dtype() == DType::i16) return widened.operator()<std::uint16_t, std::int32_t>(DType::i32);
  if (raw.dtype() == DType::i32) return widened.operator()<std::uint32_t, std::int64_t>(DType::i64);
  const auto* values = static_cast<const std::int64_t*>(raw.data());
  const auto* large = std::find_if(values, values + raw.size(), [](std::int64_t v) { return v < 0; });
  if (large != values + raw.size())
    fail(ErrorCode::unsupported, "load_safetensors",
         "\"{}\" has a U64 \"{}\" whose element {} is {}; 2^63-1 is the most there is", path, name, large - values,
         static_cast<std::uint64_t>(*large));
  return raw;
}

void check_names(std::span<const NamedTensor> tensors) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    require(tensor.defined(), "save_safetensors", "\"{}\" is an empty tensor", name);
    require(name != "__metadata__", "save_safetensors", "\"{}\" is the format's own name, no tensor's", name);
    require(names.insert(name).second, "save_safetensors", "two tensors are named \"{}\"", name);
  }
}

}  // namespace

const Tensor& Safetensors::at(const std::string& name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
  require(found != tensors.end(), "Safetensors", "none of the {} tensors is named \"{}\"", tensors.size(), name);
  return found->tensor;
}

void save_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata) {
  check_names(tensors);
  std::vector<NamedTensor> ordered(tensors.begin(), tensors.end());
  // wide elements first: then every tensor is aligned
  std::stable_sort(ordered.begin(), ordered.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return byte_size(a.tensor.dtype()) > byte_size(b.tensor.dtype());
  });
  safetensors::Header header{.entries = {}, .metadata = metadata};
  std::uint64_t end = 0;
  for (NamedTensor& t : ordered) {
    t.tensor = t.tensor.to(Device::cpu());
    const std::uint64_t begin = std::exchange(end, end + bytes_of(t.tensor).size());
    header.entries.push_back(
        {.name = t.name, .dtype = t.tensor.dtype(), .shape = t.tensor.shape(), .begin = begin, .end = end});
  }
  const std::string json = safetensors::write_header(path, header);
  const std::uint64_t length = json.size();
  std::vector<std::string_view> pieces = {{reinterpret_cast<const char*>(&length), length_bytes}, json};
  for (const NamedTensor& t : ordered) pieces.push_back(bytes_of(t.tensor));
  write_file(path, pieces);
}

Safetensors load_safetensors(const std::string& path) {
  const data::File file("load_safetensors", path);
  require(file.size >= length_bytes, ErrorCode::io, "load_safetensors",
          "\"{}\" is not a safetensors file: it has {} bytes", path, file.size);
  std::uint64_t length = 0;
  file.read_at(0, &length, length_bytes);
  const std::uint64_t most = std::min(file.size - length_bytes, most_header_bytes);
  require(length <= most, ErrorCode::io, "load_safetensors",
          "\"{}\" is not a safetensors file, or truncated: its header of {} bytes is longer than the {} it may have",
          path, length, most);
  std::string json(length, '\0');
  file.read_at(length_bytes, json.data(), length);
  safetensors::Header header = safetensors::read_header(path, json, file.size - length_bytes - length);

  Safetensors loaded{.tensors = {}, .metadata = std::move(header.metadata)};
  for (safetensors::Entry& e : header.entries) {
    Tensor t = Tensor::uninitialised(e.shape, e.dtype);
    file.read_at(length_bytes + length + e.begin, t.writable(), e.end - e.begin);
    if (e.is_unsigned) t = signed_of(path, e.name, t);
    loaded.tensors.push_back({std::move(e.name), std::move(t)});
    if (e.dtype == DType::boolean) check_booleans(path, loaded.tensors.back());
  }
  return loaded;
}

void save_parameters(const std::string& path, std::span<Parameter* const> parameters, const Metadata& metadata) {
  std::vector<NamedTensor> tensors;
  for (const Parameter* p : parameters) tensors.push_back({p->name, initialised("save_parameters", *p)});
  save_safetensors(path, tensors, metadata);
}

Metadata load_parameters(const std::string& path, std::span<Parameter* const> parameters) {
  const char* const op = "load_parameters";
  Safetensors file = load_safetensors(path);
  std::map<std::string_view, const Tensor*> by_name;
  for (const auto& [name, tensor] : file.tensors) by_name.emplace(name, &tensor);
  Tensors values;
  for (const Parameter* p : parameters) {
    const Tensor& old = initialised(op, *p);
    const auto found = by_name.find(p->name);
    require(found != by_name.end(), op, "\"{}\" has no \"{}\", which the model has", path, p->name);
    const Tensor& fresh = *found->second;
    require(fresh.dtype() == old.dtype() && fresh.shape() == old.shape(), op,
            "\"{}\" has \"{}\" as {}, the model as {}", path, p->name, fresh, old);
    const Tensor there = fresh.to(old.device());
    values.push_back(old.requires_grad() ? variable(there) : there);
  }
  std::set<std::string_view> wanted;
  for (const Parameter* p : parameters)
    require(wanted.insert(p->name).second, op, "two parameters are named \"{}\"", p->name);
  for (const auto& [name, tensor] : file.tensors)
    require(wanted.contains(name), op, "\"{}\" has \"{}\"; the model has no such parameter", path, name);
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i]->value = std::move(values[i]);
  return std::move(file.metadata);
}

}  // namespace logitape::inline v0
