// Texts as NumPy keeps them, all of one width and padded with zeros: "U8" is 8 characters of 4 bytes, "S8" 8 bytes.
#include <algorithm>
#include <cstring>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"
#include "logitape/train/files/detail/array.h"
#include "logitape/train/files/detail/npy_header.h"
#include "logitape/train/files/detail/npy_reader.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr std::int64_t most_characters = 1 << 20;

void append_utf8(std::string& text, std::uint32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  constexpr std::uint32_t lead[] = {0, 0xc0, 0xe0, 0xf0};
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  text += static_cast<char>(lead[more] | c >> (6 * more));
  for (int i = more; i-- > 0;) text += static_cast<char>(0x80 | (c >> (6 * i) & 0x3f));
}

std::int64_t width_of(const Stream& stream, const NpyHeader& header) {
  const std::int64_t width = number_in<std::int64_t>(header.width).value_or(-1);
  const bool plain = width >= 0 && width <= most_characters;
  const bool one_axis = header.shape.size() == 1 || (header.shape.size() == 2 && header.shape[1] == 1);
  require(plain && one_axis, ErrorCode::unsupported, stream.op,
          "\"{}\" has texts of type '{}{}' on {} axes; [n] of up to {} characters can be read", stream.name,
          header.kind, header.width, header.shape.size(), most_characters);
  return width;
}

}  // namespace

std::vector<std::string> read_npy_texts(Stream& stream, const NpyHeader& header) {
  const std::size_t character = header.kind == 'U' ? 4 : 1, width = static_cast<std::size_t>(width_of(stream, header));
  bytes_of(stream, header.shape, std::max<std::size_t>(1, character * width));
  std::vector<std::string> texts(static_cast<std::size_t>(header.shape[0]));
  std::string raw(character * width, '\0');
  for (std::string& text : texts) {
    stream.read_exactly(raw.data(), raw.size(), "array");
    if (character == 1) text = raw.substr(0, raw.find_last_not_of('\0') + 1);
    if (character == 4 && header.order == '>') swap_bytes(raw.data(), width, character);
    for (std::size_t at = 0; character == 4 && at < raw.size(); at += character) {
      std::uint32_t c = 0;
      std::memcpy(&c, raw.data() + at, character);
      if (c >= 0x110000) stream.refuse("has what is no character in text {}", &text - texts.data());
      if (c != 0) append_utf8(text, c);
    }
    if (!is_utf8(text)) stream.refuse("has a text that is not UTF-8, {}", &text - texts.data());
  }
  require_end(stream);
  return texts;
}

}  // namespace logitape::inline v0::data
