// Bytes between files and tensors; what the header says is safetensors_header.cpp's.
#include "logitape/train/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <set>
#include <system_error>

#include "logitape/autograd/record.h"
#include "logitape/core/require.h"
#include "logitape/train/file.h"
#include "logitape/train/safetensors_header.h"

namespace logitape::inline v0 {
namespace {

static_assert(std::endian::native == std::endian::little, "the format's bytes are little-endian, and are copied as they are");

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t most_header_bytes = 100'000'000;  // as the format's own reader

std::string_view bytes_of(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.data()), static_cast<std::size_t>(tensor.size()) * byte_size(tensor.dtype())};
}

// An ordinary file that is open to be read; its errors name it.
class Source {
 public:
  explicit Source(const std::string& path) : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat about;
    if (file_ < 0 || ::fstat(file_, &about) != 0) cannot_be_read(errno);
    ordinary_ = S_ISREG(about.st_mode);
    size = static_cast<std::uint64_t>(about.st_size);
  }
  ~Source() {
    if (file_ >= 0) ::close(file_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  void require_ordinary() const {
    require(ordinary_, ErrorCode::io, "load_safetensors", "\"{}\" cannot be read: it is no ordinary file", path_);
  }

  void read(void* to, std::uint64_t count) {
    for (auto* at = static_cast<char*>(to); count > 0;) {
      const ssize_t got = ::read(file_, at, std::min<std::uint64_t>(count, 1u << 30));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) cannot_be_read(errno);
      require(got > 0, ErrorCode::io, "load_safetensors", "\"{}\" ended {} bytes early while it was read", path_, count);
      at += got;
      count -= static_cast<std::uint64_t>(got);
    }
  }

  std::uint64_t size = 0;

 private:
  [[noreturn]] void cannot_be_read(int error) const {
    fail(ErrorCode::io, "load_safetensors", "\"{}\" cannot be read: {}", path_, std::generic_category().message(error));
  }

  const std::string& path_;
  int file_;
  bool ordinary_ = false;
};

// A byte that is neither 0 nor 1 is no bool in C++ either.
void check_booleans(const std::string& path, const NamedTensor& t) {
  const std::string_view bytes = bytes_of(t.tensor);
  const auto wrong = std::find_if(bytes.begin(), bytes.end(), [](char b) { return b != 0 && b != 1; });
  if (wrong != bytes.end())
    fail(ErrorCode::io, "load_safetensors", "\"{}\" has a BOOL \"{}\" whose element {} is {}", path, t.name, wrong - bytes.begin(),
         static_cast<int>(static_cast<unsigned char>(*wrong)));
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
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const NamedTensor& a, const NamedTensor& b) { return byte_size(a.tensor.dtype()) > byte_size(b.tensor.dtype()); });
  safetensors::Header header{.entries = {}, .metadata = metadata};
  std::uint64_t end = 0;
  for (NamedTensor& t : ordered) {
    t.tensor = t.tensor.to(Device::cpu());
    const std::uint64_t begin = std::exchange(end, end + bytes_of(t.tensor).size());
    header.entries.push_back({t.name, t.tensor.dtype(), t.tensor.shape(), begin, end});
  }
  const std::string json = safetensors::write_header(path, header);
  const std::uint64_t length = json.size();
  std::vector<std::string_view> pieces = {{reinterpret_cast<const char*>(&length), length_bytes}, json};
  for (const NamedTensor& t : ordered) pieces.push_back(bytes_of(t.tensor));
  write_file(path, pieces);
}

Safetensors load_safetensors(const std::string& path) {
  Source file(path);
  file.require_ordinary();
  require(file.size >= length_bytes, ErrorCode::io, "load_safetensors", "\"{}\" is not a safetensors file: it has {} bytes", path,
          file.size);
  std::uint64_t length = 0;
  file.read(&length, length_bytes);
  const std::uint64_t most = std::min(file.size - length_bytes, most_header_bytes);
  require(length <= most, ErrorCode::io, "load_safetensors",
          "\"{}\" is not a safetensors file, or truncated: its header of {} bytes is longer than the {} it may have", path, length, most);
  std::string json(length, '\0');
  file.read(json.data(), length);
  safetensors::Header header = safetensors::read_header(path, json, file.size - length_bytes - length);

  Safetensors loaded{.tensors = {}, .metadata = std::move(header.metadata)};
  for (safetensors::Entry& e : header.entries) {
    Tensor t = Tensor::uninitialised(e.shape, e.dtype);
    file.read(t.writable(), e.end - e.begin);
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
    require(fresh.dtype() == old.dtype() && fresh.shape() == old.shape(), op, "\"{}\" has \"{}\" as {}, the model as {}", path, p->name,
            fresh, old);
    const Tensor there = fresh.to(old.device());
    values.push_back(old.requires_grad() ? variable(there) : there);
  }
  std::set<std::string_view> wanted;
  for (const Parameter* p : parameters) require(wanted.insert(p->name).second, op, "two parameters are named \"{}\"", p->name);
  for (const auto& [name, tensor] : file.tensors)
    require(wanted.contains(name), op, "\"{}\" has \"{}\", which the model has not", path, name);
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i]->value = std::move(values[i]);
  return std::move(file.metadata);
}

}  // namespace logitape::inline v0
