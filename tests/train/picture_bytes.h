// Pictures as bytes, for the tests that read them: PNG of any kind, put together here; small JPEGs in hexadecimal.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::tests {

inline std::string big_endian(std::uint32_t value) {
  std::string four;
  for (const int shift : {24, 16, 8, 0}) four += static_cast<char>(value >> shift & 0xff);
  return four;
}

// A chunk of PNG: its length, its name, its bytes, their CRC.
inline std::string png_chunk(const std::string& name, const std::string& bytes) {
  std::uint32_t sum = 0xffffffff;
  for (const char c : name + bytes) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return big_endian(static_cast<std::uint32_t>(bytes.size())) + name + bytes + big_endian(~sum);
}

// colour: 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. lines: as they are packed, each behind its
// filter's number; of an interlaced picture those of all passes. more: chunks between header and pixels.
inline std::string png_bytes(std::uint32_t width, std::uint32_t height, int depth, int colour, const std::string& lines,
                             bool interlaced = false, const std::string& more = "") {
  std::uint32_t low = 1, high = 0;  // Adler's sum
  for (const char c : lines) {
    low = (low + static_cast<unsigned char>(c)) % 65521;
    high = (high + low) % 65521;
  }
  const auto size = static_cast<std::uint32_t>(lines.size()), other = ~size;
  std::string stored = "\x78\x01\x01";  // a block that is not packed
  for (const std::uint32_t length : {size, other})
    for (const int shift : {0, 8}) stored += static_cast<char>(length >> shift & 0xff);
  stored += lines + big_endian(high << 16 | low);
  const std::string header = big_endian(width) + big_endian(height) + static_cast<char>(depth) +
                             static_cast<char>(colour) + std::string(2, '\0') + static_cast<char>(interlaced);
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + more + png_chunk("IDAT", stored) + png_chunk("IEND", "");
}

inline std::string bytes_of_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

// 16 x 8 pixels of grey: 0 at the left, 255 at the right; blocks of one shade, which JPEG keeps to the bit.
inline std::string grey_jpeg() {
  std::string ones;
  for (int i = 0; i < 64; ++i) ones += "01";
  return bytes_of_hex("ffd8ffe000104a46494600010100000100010000ffdb004300" + ones +
                      "ffc0000b080008001001011100ffc4001400010000000000000000000000000000000bffc400141001000000000000"
                      "00000000000000000000ffda0008010100003f003ff3fc3fffd9");
}
// The same, progressive.
inline std::string progressive_jpeg() {
  std::string ones;
  for (int i = 0; i < 64; ++i) ones += "01";
  return bytes_of_hex("ffd8ffe000104a46494600010100000100010000ffdb004300" + ones +
                      "ffc2000b080008001001011100ffc4001400010000000000000000000000000000000affda00080101000000013feff3"
                      "ffc40014100100000000000000000000000000000010ffda00080101000105023fffc400141001000000000000000000"
                      "00000000000010ffda0008010100063f023fffc40014100100000000000000000000000000000010ffda000801010001"
                      "3f213fffda00080101000000103fffc40014100100000000000000000000000000000010ffda0008010100013f103fff"
                      "d9");
}
// 8 x 8 pixels, red 200, green 100, blue 50.
inline std::string colour_jpeg() {
  std::string ones;
  for (int i = 0; i < 64; ++i) ones += "01";
  return bytes_of_hex(
      "ffd8ffe000104a46494600010100000100010000ffdb004300" + ones + "ffdb004301" + ones +
      "ffc00011080008000803012200021101031101ffc4001500010100000000000000000000000000000006ffc4001410010000000000000000"
      "0000000000000000ffc40014010100000000000000000000000000000009ffc40014110100000000000000000000000000000000ffda000c"
      "03010002110311003f009f00579b07ffd9");
}
// 8 x 8 pixels of ink as Adobe writes it: cyan 255, magenta 128, yellow 0, black 51, stored as 255 less each.
inline std::string ink_jpeg() {
  std::string ones;
  for (int i = 0; i < 64; ++i) ones += "01";
  return bytes_of_hex(
      "ffd8ffee000e41646f626500640000000000ffdb004300" + ones +
      "ffc000140800080008044311004d11005911004b1100ffc4001600010101000000000000000000000000000a040bffc40014100100000000"
      "000000000000000000000000ffda000e0443004d0059004b00003f00cffd39fc1303ffd9");
}

// With EXIF's orientation behind the first two bytes.
inline std::string turned(const std::string& jpeg, int orientation) {
  const auto number = static_cast<std::uint32_t>(orientation);
  const std::string tiff = "MM" + big_endian(0x002a0000) + big_endian(0x00080001) + big_endian(0x01120003) +
                           big_endian(0x00000001) + big_endian(number << 16) + std::string(4, '\0');
  const std::string exif = "Exif" + std::string(2, '\0') + tiff;
  const auto length = static_cast<std::uint32_t>(exif.size() + 2);
  return jpeg.substr(0, 2) + "\xff\xe1" + big_endian(length).substr(2) + exif + jpeg.substr(2);
}

}  // namespace logitape::tests
