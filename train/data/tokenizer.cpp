// Bytes to words, words to hashes; the hash of a pair continues from that of its first word.
#include "logitape/train/data/tokenizer.h"

#include <algorithm>
#include <utility>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

constexpr std::uint64_t fnv_offset = 14695981039346656037u, fnv_prime = 1099511628211u;

std::uint64_t fnv_1a(std::uint64_t h, std::string_view bytes) {
  for (const char byte : bytes) h = (h ^ static_cast<unsigned char>(byte)) * fnv_prime;
  return h;
}

// tolower and isalpha would depend on the locale.
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool in_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) > 127; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::vector<std::string_view> words_of(std::string_view lower) {
  std::vector<std::string_view> words;
  for (auto at = lower.begin(); at != lower.end();) {
    const auto begin = std::find_if(at, lower.end(), in_word);
    at = std::find_if_not(begin, lower.end(), in_word);
    if (begin != at)
      words.push_back(
          lower.substr(static_cast<std::size_t>(begin - lower.begin()), static_cast<std::size_t>(at - begin)));
  }
  return words;
}

}  // namespace

std::vector<std::int64_t> HashingTokenizer::ids(std::string_view text) const {
  for (const auto& [name, value] : {std::pair("buckets", buckets), {"words", words}, {"longest", longest}})
    require(value >= 1 && value <= INT32_MAX, ErrorCode::out_of_range, "HashingTokenizer",
            "{} is {}; 1 to 2^31-1 are possible", name, value);
  const std::string lower = lower_case(text);
  const std::vector<std::string_view> all = words_of(lower);
  const auto in_a_row = static_cast<std::size_t>(words), most = static_cast<std::size_t>(longest);
  std::vector<std::int64_t> ids;
  for (std::size_t first = 0; first < all.size(); ++first) {
    std::uint64_t h = fnv_offset;
    for (std::size_t i = first; i < all.size() && i - first < in_a_row; ++i) {
      if (ids.size() == most) return ids;
      h = fnv_1a(i == first ? h : fnv_1a(h, " "), all[i]);
      ids.push_back(static_cast<std::int64_t>(h % static_cast<std::uint64_t>(buckets)));
    }
  }
  return ids;
}

Tensor HashingTokenizer::operator()(std::span<const std::string> texts) const {
  std::vector<std::vector<std::int64_t>> rows;
  rows.reserve(texts.size());
  std::size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, rows.emplace_back(ids(text)).size());
  Tensor padded =
      Tensor::uninitialised({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(width)}, DType::i64);
  auto* to = static_cast<std::int64_t*>(padded.writable());
  for (const std::vector<std::int64_t>& row : rows) {
    std::fill(std::copy(row.begin(), row.end(), to), to + width, -1);
    to += width;
  }
  return padded;
}

}  // namespace logitape::inline v0
