// PNG: a signature, then chunks of length, name, data and CRC-32; the data are a zlib stream of lines, each with its
// filter's number first. W3C, "Portable Network Graphics (PNG) Specification", third edition, sections 5, 9 and 11; RFC
// 1950 for the stream and its Adler-32, RFC 1951, section 3.2.4, for blocks that are stored.
#include "logitape/train/see/detail/png.h"

#include <algorithm>

#include "logitape/train/files/detail/inflate.h"

namespace logitape::inline v0::train {
namespace {

void append_big_endian(std::string& to, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) to += static_cast<char>(value >> shift & 0xff);
}

void append_little_endian(std::string& to, std::uint16_t value) {
  for (const int shift : {0, 8}) to += static_cast<char>(value >> shift & 0xff);
}

std::string zlib_stored(std::string_view bytes) {
  constexpr std::size_t most = 65535;  // bytes in a block
  std::string stream = "\x78\x01";
  std::size_t at = 0;
  do {
    const std::size_t size = std::min(most, bytes.size() - at);
    stream += at + size == bytes.size() ? '\1' : '\0';
    append_little_endian(stream, static_cast<std::uint16_t>(size));
    append_little_endian(stream, static_cast<std::uint16_t>(~size));
    stream += bytes.substr(at, size);
    at += size;
  } while (at < bytes.size());
  append_big_endian(stream, data::adler_32(bytes));
  return stream;
}

std::string chunk(const std::string& name, const std::string& data) {
  std::string whole;
  append_big_endian(whole, static_cast<std::uint32_t>(data.size()));
  whole += name + data;
  append_big_endian(whole, data::checksum(0, name + data));
  return whole;
}

}  // namespace

std::string png(std::span<const std::uint8_t> pixels, std::int64_t height, std::int64_t width, std::int64_t channels) {
  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(width));
  append_big_endian(header, static_cast<std::uint32_t>(height));
  header +=
      {8, static_cast<char>(channels == 3 ? 2 : 0), 0, 0, 0};  // bits; colour type; compression, filters, no interlace

  std::string lines;
  const auto line = static_cast<std::size_t>(width * channels);
  for (std::size_t at = 0; at < pixels.size(); at += line) {
    lines += '\0';  // no filter
    for (const std::uint8_t p : pixels.subspan(at, line)) lines += static_cast<char>(p);
  }
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", zlib_stored(lines)) + chunk("IEND", "");
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<std::uint8_t>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

}  // namespace logitape::inline v0::train
