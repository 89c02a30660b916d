// A header may come from a stranger. While it is parsed, depth, list lengths and repeated names are refused, so that a
// small file cannot ask for much memory; then every number is checked against the others and against the file.
#include "logitape/train/files/detail/safetensors_header.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/json.h"

namespace logitape::inline v0::safetensors {
namespace {

using nlohmann::json;

constexpr std::string_view metadata_name = "__metadata__";
constexpr std::array<std::string_view, dtype_count> dtype_names = {"F16", "BF16", "F32", "F64", "I8",
                                                                   "U8",  "I16",  "I32", "I64", "BOOL"};

template <class... A>
[[noreturn]] void refuse(const std::string& path, fmt::format_string<const A&...> why, const A&... values) {
  fail(ErrorCode::io, "load_safetensors", "\"{}\" is not a safetensors file: {}", path, fmt::format(why, values...));
}

std::string joined(const std::vector<std::int64_t>& numbers) { return fmt::format("[{}]", fmt::join(numbers, ",")); }

json parse(const std::string& path, std::string_view text) {
  if (text.empty() || text.front() != '{') refuse(path, "its header does not begin with a brace");
  std::array<std::set<std::string>, 2> names;  // the names in the open object at each depth
  std::size_t listed = 0;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth > 2 || (depth == 2 && event == Event::object_start)) refuse(path, "its header is nested too deeply");
      if (event == Event::object_start) names[static_cast<std::size_t>(depth)].clear();
      listed = 0;
    } else if (event == Event::value && depth == 1) {
      refuse(path, "its header has a {} where a tensor is described", std::string_view(value.type_name()));
    } else if (event == Event::key) {
      const auto& name = value.get_ref<const std::string&>();
      if (!names[static_cast<std::size_t>(depth - 1)].insert(name).second)
        refuse(path, "its header has \"{}\" twice", name);
    } else if (event == Event::value && depth == 3 && ++listed > 64) {
      refuse(path, "its header has a list of more than 64 numbers");
    }
    return true;
  };
  try {
    return data::parse_json(text, watch);
  } catch (const json::parse_error& error) {
    refuse(path, "its header is not JSON, seen at byte {}", error.byte);
  } catch (const json::exception&) {  // a number beyond f64
    refuse(path, "its header has a number out of range");
  }
}

Metadata read_metadata(const std::string& path, const json& object) {
  if (!object.is_object()) refuse(path, "its {} is not an object", metadata_name);
  Metadata metadata;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_string()) refuse(path, "its {} \"{}\" is not text", metadata_name, name);
    metadata.emplace(name, value.get<std::string>());
  }
  return metadata;
}

// A list of whole numbers up to 2^63-1.
std::vector<std::int64_t> numbers(const std::string& path, const std::string& name, const json& object,
                                  const char* key) {
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) refuse(path, "\"{}\" has no list \"{}\"", name, key);
  std::vector<std::int64_t> values;
  for (const json& n : *list) {
    if (!n.is_number_unsigned() || n.get<std::uint64_t>() > INT64_MAX)
      refuse(path, "{} of \"{}\" has {} where a whole number from 0 to 2^63-1 is needed", key, name,
             data::json_text(n));
    values.push_back(n.get<std::int64_t>());
  }
  return values;
}

void read_dtype(const std::string& path, const json& object, Entry& entry) {
  const auto text = object.find("dtype");
  if (text == object.end() || !text->is_string()) refuse(path, "\"{}\" has no dtype", entry.name);
  std::string_view dtype = text->get_ref<const std::string&>();
  entry.is_unsigned = dtype == "U16" || dtype == "U32" || dtype == "U64";
  if (entry.is_unsigned) dtype = dtype == "U16" ? "I16" : dtype == "U32" ? "I32" : "I64";
  const auto found = std::find(dtype_names.begin(), dtype_names.end(), dtype);
  require(found != dtype_names.end(), "load_safetensors", "\"{}\" has \"{}\" as {}; there are {} U16 U32 U64", path,
          entry.name, dtype, fmt::format("{}", fmt::join(dtype_names, " ")));
  entry.dtype = static_cast<DType>(found - dtype_names.begin());
}

Entry read_entry(const std::string& path, const std::string& name, const json& object) {
  if (!object.is_object()) refuse(path, "\"{}\" is not an object", name);
  if (object.size() > 3) refuse(path, "\"{}\" has more than dtype, shape and data_offsets", name);
  Entry entry;
  entry.name = name;
  read_dtype(path, object, entry);
  const auto shape = numbers(path, name, object, "shape"), offsets = numbers(path, name, object, "data_offsets");
  require(shape.size() <= max_rank, "load_safetensors", "\"{}\" has \"{}\" with rank {}; {} is the most there is", path,
          name, shape.size(), max_rank);
  std::int64_t elements = 1, bytes = 0;
  bool representable = true;
  for (const std::int64_t extent : shape)
    if (extent != 0) representable = representable && !__builtin_mul_overflow(elements, extent, &elements);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) elements = 0;
  if (!representable || __builtin_mul_overflow(elements, static_cast<std::int64_t>(byte_size(entry.dtype)), &bytes))
    refuse(path, "\"{}\" has the shape {}, which no file can hold", name, joined(shape));
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] - offsets[0] != bytes)
    refuse(path, "\"{}\" is {} {}, {} bytes, but its data_offsets are {}", name, entry.dtype, joined(shape), bytes,
           joined(offsets));
  entry.shape = Shape(shape);
  entry.begin = static_cast<std::uint64_t>(offsets[0]);
  entry.end = static_cast<std::uint64_t>(offsets[1]);
  return entry;
}

}  // namespace

std::string write_header(const std::string& path, const Header& header) {
  json object = json::object();
  if (!header.metadata.empty()) object[std::string(metadata_name)] = header.metadata;
  for (const Entry& e : header.entries)
    object[e.name] = {{"dtype", dtype_names[static_cast<std::size_t>(e.dtype)]},
                      {"shape", std::vector<std::int64_t>(e.shape.begin(), e.shape.end())},
                      {"data_offsets", {e.begin, e.end}}};
  try {
    std::string text = data::json_text(object);
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
  } catch (const json::type_error&) {
    fail(ErrorCode::invalid_argument, "save_safetensors", "a name or a metadata text for \"{}\" is not UTF-8", path);
  }
}

Header read_header(const std::string& path, std::string_view text, std::uint64_t data_bytes) {
  Header header;
  const json object = parse(path, text);
  for (const auto& [name, value] : object.items()) {
    if (name == metadata_name) header.metadata = read_metadata(path, value);
    else header.entries.push_back(read_entry(path, name, value));
  }
  std::sort(header.entries.begin(), header.entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t covered = 0;
  for (const Entry& e : header.entries) {
    if (e.end > data_bytes)
      refuse(path, "\"{}\" ends at byte {} of the {} that follow its header", e.name, e.end, data_bytes);
    if (e.begin < covered) refuse(path, "\"{}\" overlaps the tensor before it, which ends at byte {}", e.name, covered);
    if (e.begin > covered) refuse(path, "no tensor owns the bytes {} to {}", covered, e.begin);
    covered = e.end;
  }
  if (covered != data_bytes) refuse(path, "no tensor owns the bytes {} to {}", covered, data_bytes);
  return header;
}

}  // namespace logitape::inline v0::safetensors
