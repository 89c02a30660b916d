// A header is a Python dictionary of three entries. Of Python's notation only what NumPy writes is read.
#include "logitape/train/files/detail/npy_header.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace logitape::inline v0::data {
namespace {

constexpr std::uint64_t most_header_bytes = 1 << 20;  // a record of many fields may need it; NumPy itself allows 10,000

// Reads from the front of a text; every step returns whether it found what it looked for.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(std::string_view word) {
    skip_blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  // '...' or "..."; NumPy's have no escapes.
  std::optional<std::string> quoted() {
    skip_blanks();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) return {};
    const std::size_t end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) return {};
    std::string inside(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return inside;
  }
  std::optional<std::int64_t> number() {
    skip_blanks();
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) return {};
    text_.remove_prefix(static_cast<std::size_t>(rest - text_.data()));
    take("L");  // Python 2 wrote long integers with an L
    return value;
  }
  bool at_end() {
    skip_blanks();
    return text_.empty();
  }

 private:
  void skip_blanks() { text_.remove_prefix(std::min(text_.size(), text_.find_first_not_of(" \n\t"))); }
  std::string_view text_;
};

// (), (3,), (2, 3)
bool read_tuple(Scanner& s, std::vector<std::int64_t>& values) {
  if (!s.take("(")) return false;
  while (!s.take(")")) {
    const auto value = s.number();
    if (!value || values.size() == 64) return false;
    values.push_back(*value);
    if (!s.take(",")) return s.take(")");
  }
  return true;
}

bool read_entry(Scanner& s, NpyHeader& header, unsigned& seen) {
  const auto key = s.quoted();
  if (!key || !s.take(":")) return false;
  const unsigned bit = *key == "descr" ? 1 : *key == "fortran_order" ? 2 : *key == "shape" ? 4 : 0;
  if (bit == 0 || (seen & bit) != 0) return false;
  seen |= bit;
  if (bit == 1) {
    const auto descr = s.quoted();
    if (!descr || descr->size() < 2) return false;
    const bool ordered = std::string_view("<>|=").find((*descr)[0]) != std::string_view::npos;
    header.order = ordered ? (*descr)[0] : '=';
    header.kind = (*descr)[ordered];
    header.width = descr->substr(ordered + 1u);
    return true;
  }
  if (bit == 2) {
    header.fortran_order = s.take("True");
    return header.fortran_order || s.take("False");
  }
  return read_tuple(s, header.shape);
}

bool read_dictionary(Scanner& s, NpyHeader& header) {
  unsigned seen = 0;
  if (!s.take("{")) return false;
  while (!s.take("}")) {
    if (!read_entry(s, header, seen)) return false;
    if (s.take(",")) continue;
    if (!s.take("}")) return false;
    break;
  }
  return seen == 7 && s.at_end();
}

}  // namespace

NpyHeader read_npy_header(Stream& stream) {
  unsigned char begin[8] = {};
  if (stream.read(reinterpret_cast<char*>(begin), 8) < 8 ||
      std::string_view(reinterpret_cast<char*>(begin), 6) != "\x93NUMPY")
    stream.refuse("is not a .npy file: it does not begin with \\x93NUMPY");
  if (begin[6] < 1 || begin[6] > 3)
    stream.refuse("is a .npy file of version {}.{}; 1 to 3 can be read", begin[6], begin[7]);
  unsigned char length_bytes[4] = {};
  stream.read_exactly(length_bytes, begin[6] == 1 ? 2 : 4, "header");
  std::uint64_t length = 0;
  for (int i = 3; i >= 0; --i) length = length << 8 | length_bytes[i];
  if (length > most_header_bytes || length > stream.bound)
    stream.refuse("is not a .npy file: its header has {} bytes", length);
  std::string text(length, '\0');
  stream.read_exactly(text.data(), length, "header");

  NpyHeader header;
  Scanner scanner(text);
  if (!read_dictionary(scanner, header)) {
    text.resize(std::min(text.size(), text.find_last_not_of(" \n") + 1));
    for (char& c : text) c = c >= ' ' && c <= '~' ? c : '?';
    const bool fields = text.find("'descr': [(") != std::string::npos;
    stream.refuse(
        "has {}: {}",
        fields ? "records of fields, where numbers are needed (structured_to_unstructured of numpy.lib.recfunctions)"
               : "a header that cannot be read",
        text.substr(0, 200));
  }
  return header;
}

}  // namespace logitape::inline v0::data
