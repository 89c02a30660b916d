// Pictures as a viewer shows them: every kind of PNG and JPEG, turned, of another size; and files that are broken.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "logitape/train/files/detail/pixels.h"
#include "tests/support/sanitized.h"
#include "tests/train/data_files.h"
#include "tests/train/picture_bytes.h"

namespace logitape::tests {
namespace {

using namespace std::string_literals;
using data::Pixels;
using Bytes = std::vector<std::uint8_t>;

// Whether this library reads such a picture: it may have been built without libpng or libjpeg.
bool reads(const std::string& bytes) {
  return GivenFile(bytes).refusal(read_picture).find("built without") == std::string::npos;
}
bool reads_png() { return reads(png_bytes(1, 1, 8, 0, "\0a"s)); }
bool reads_jpeg() { return reads(grey_jpeg()); }

Bytes pixels_of(const std::string& bytes) { return read_picture(GivenFile(bytes).path).to_vector<std::uint8_t>(); }

TEST_CASE("the eight orientations of EXIF put the letter F upright") {
  // F as each orientation stores it, from the definition: where the first row and the first column are
  const std::vector<std::string> stored = {"",          "##/#./##/#.", "##/.#/##/.#", ".#/##/.#/##", "#./##/#./##",
                                           "####/#.#.", "#.#./####",   ".#.#/####",   "####/.#.#"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    Pixels p{.height = 0, .width = 0, .channels = 1, .orientation = orientation};
    for (const char c : stored[static_cast<std::size_t>(orientation)] + "/") {
      if (c == '/') ++p.height;
      else p.bytes.push_back(c == '#' ? 1 : 0);
    }
    p.width = static_cast<std::int64_t>(p.bytes.size()) / p.height;
    for (const Pixels& seen : {data::upright(p), data::brought_to(p, 4, 2, 1)}) {
      CHECK(seen.height == 4);
      CHECK(seen.width == 2);
      CHECK(seen.bytes == Bytes{1, 1, 1, 0, 1, 1, 1, 0});
    }
    CHECK(data::brought_to(p, 2, 1, 1).bytes == Bytes{1, 1});  // means of 3 ones and a 0
  }
}

TEST_CASE("a picture of another size has the mean of each area, in both directions") {
  const Pixels p{.height = 2, .width = 3, .channels = 1, .bytes = {0, 90, 30, 60, 120, 240}};
  CHECK(data::brought_to(p, 1, 2, 1).bytes == Bytes{55, 125});  // (0 + 60 + (90+120)/2)/3, (30 + 240 + (90+120)/2)/3
  const Bytes twice = data::brought_to(p, 4, 6, 1).bytes;
  for (std::size_t i = 0; i < 24; ++i) CHECK(twice[i] == p.bytes[i / 12 * 3 + i % 6 / 2]);
  CHECK(data::brought_to(p, 1, 1, 3).bytes == Bytes{90, 90, 90});  // 540/6
  const Pixels colours{.height = 1, .width = 2, .channels = 3, .bytes = {255, 0, 0, 0, 0, 255}};
  CHECK(data::brought_to(colours, 1, 2, 1).bytes == Bytes{76, 29});  // 0.299 * 255, 0.114 * 255
  const Pixels light{.height = 1, .width = 400, .channels = 3, .bytes = Bytes(1200, 255)};
  CHECK(data::brought_to(light, 3, 7, 3).bytes == Bytes(63, 255));  // shares of an area add up to 1
}

TEST_CASE("every kind of PNG is read as 8 bits of grey or colour") {
  if (!reads_png()) return;
  CHECK(pixels_of(png_bytes(2, 1, 8, 0, "\0\x01\xfe"s)) == Bytes{1, 254});
  CHECK(pixels_of(png_bytes(8, 1, 1, 0, "\0\xa5"s)) == Bytes{255, 0, 255, 0, 0, 255, 0, 255});
  CHECK(pixels_of(png_bytes(2, 1, 4, 0, "\0\x3f"s)) == Bytes{51, 255});  // 3 * 255/15
  CHECK(pixels_of(png_bytes(2, 1, 2, 0, "\0\x60"s)) == Bytes{85, 170});
  CHECK(pixels_of(png_bytes(1, 1, 8, 2, "\0\x01\x02\x03"s)) == Bytes{1, 2, 3});
  // 16 bits: 0x1234 * 255/65535 = 18.1, 0x80ff * 255/65535 = 128.5 - 0.0039, 0xfffe: 254.996
  CHECK(pixels_of(png_bytes(3, 1, 16, 0, "\0\x12\x34\x80\xff\xff\xfe"s)) == Bytes{18, 128, 255});
  const std::string palette = png_chunk("PLTE", "\x0a\x14\x1e\xff\x80\0"s);
  CHECK(pixels_of(png_bytes(2, 1, 8, 3, "\0\x01\0"s, false, palette)) == Bytes{255, 128, 0, 10, 20, 30});
  // over white: 100 * 51/255 + 255 * 204/255 = 224
  CHECK(pixels_of(png_bytes(2, 1, 8, 4, "\0\x64\x33\x64\xff"s)) == Bytes{224, 100});
  CHECK(pixels_of(png_bytes(2, 1, 8, 6, "\0\x64\0\xff\x33\x07\x08\x09\0"s)) == Bytes{224, 204, 255, 255, 255, 255});
  CHECK(pixels_of(png_bytes(2, 1, 8, 0, "\0\x05\x06"s, false, png_chunk("tRNS", "\0\x05"s))) == Bytes{255, 6});
  // 3 x 2, in Adam7's order: pass 1 has (0,0), 4 (2,0), 6 (1,0), 7 the second row
  CHECK(pixels_of(png_bytes(3, 2, 8, 0, "\0\x01\0\x03\0\x02\0\x04\x05\x06"s, true)) == Bytes{1, 2, 3, 4, 5, 6});
}

TEST_CASE("every kind of JPEG is read: grey, colour, ink, progressive, turned") {
  if (!reads_jpeg()) return;
  Bytes halves;
  for (int i = 0; i < 128; ++i) halves.push_back(i % 16 < 8 ? 0 : 255);
  CHECK(pixels_of(grey_jpeg()) == halves);
  CHECK(pixels_of(progressive_jpeg()) == halves);
  const Bytes colours = pixels_of(colour_jpeg()), inks = pixels_of(ink_jpeg());
  CHECK(Bytes(colours.begin(), colours.begin() + 3) == Bytes{200, 100, 50});
  // (255 - ink) * (255 - black)/255: 0, 127 * 0.8 = 101.6, 255 * 0.8
  CHECK(Bytes(inks.begin(), inks.begin() + 3) == Bytes{0, 102, 204});
  const GivenFile left(turned(grey_jpeg(), 6)), round(turned(grey_jpeg(), 3));
  CHECK(read_picture(left.path).shape() == Shape{16, 8, 1});
  CHECK(read_picture(left.path).to_vector<std::uint8_t>().back() == 255);
  CHECK(read_picture(round.path).to_vector<std::uint8_t>().front() == 255);
  const PictureInfo info = picture_info(left.path);
  CHECK(info.format == "JPEG");
  CHECK(info.height == 16);
  CHECK(info.width == 8);
  CHECK(info.channels == 1);
  CHECK(info.orientation == 6);
  // bytes between two parts of a file harm nothing
  CHECK(pixels_of(grey_jpeg().insert(20, "\0\0"s)) == halves);
}

TEST_CASE("a picture that is cut off, or lies about its extents, is refused by its name before memory is taken") {
  if (!reads_png() || !reads_jpeg()) return;
  for (const std::string& whole : {png_bytes(3, 1, 8, 2, "\0abcdefghi"s), grey_jpeg(), progressive_jpeg()}) {
    const std::size_t end = whole[0] == '\x89' ? 12 : 2;  // the last bytes say only that it ends
    for (std::size_t count = 0; count + end < whole.size(); ++count) {
      CAPTURE(count);
      CHECK(GivenFile(whole.substr(0, count)).refusal(read_picture).find("\"FILE\"") != std::string::npos);
    }
  }
  const auto of_extents = [](std::uint32_t width, std::uint32_t height) {
    return GivenFile(png_bytes(width, height, 8, 0, "\0a"s)).refusal(read_picture);
  };
  CHECK(of_extents(65535, 65535) ==
        "read_picture: \"FILE\" has 65535 x 65535 pixels; at most 100000000 are read: make it smaller");
  CHECK(of_extents(9999, 9999) ==
        "read_picture: \"FILE\" is a broken picture: it says that it has 9999 x 9999 pixels, which 70 bytes cannot "
        "hold");
  std::string wide = grey_jpeg();
  wide.replace(wide.find("\xff\xc0") + 5, 4, "\xf0\0\xf0\0"s);
  CHECK(GivenFile(wide).refusal(read_picture).find("has 61440 x 61440 pixels") != std::string::npos);
  wide.replace(wide.find("\xff\xc0") + 5, 4, "\x20\0\x20\0"s);
  CHECK(GivenFile(wide).refusal(read_picture).find("which 162 bytes cannot hold") != std::string::npos);
  CHECK(GivenFile("").refusal(read_picture) == "read_picture: \"FILE\" is empty");
  CHECK(GivenFile("GIF89a..........").refusal(read_picture) ==
        "read_picture: \"FILE\" is neither a PNG nor a JPEG picture, but a GIF image");
  CHECK(GivenFile("a,b\n1,2\n").refusal(read_picture) == "read_picture: \"FILE\" is neither a PNG nor a JPEG picture");
  CHECK(GivenFile(grey_jpeg()).refusal([](const auto& path) { load_examples(path); }) ==
        "read_csv: FILE is a JPEG picture: this is no table; to learn from pictures, put them in folders, one for each "
        "class, and give the folder around them");
}

TEST_CASE("a bit that is wrong in a picture leads to other pixels or a sentence, and to nothing else") {
  if (!reads_png() || !reads_jpeg()) return;
  for (const std::string& whole :
       {png_bytes(3, 1, 8, 2, "\0abcdefghi"s), turned(grey_jpeg(), 8), progressive_jpeg(), ink_jpeg(), colour_jpeg()})
    for (std::size_t bit = 0; bit < 8 * whole.size(); bit += sanitized ? 7 : 1) {
      std::string other = whole;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
      const std::string refusal = GivenFile(other).refusal(read_picture);
      CHECK((refusal.empty() || refusal.find("\"FILE\"") != std::string::npos));
    }
}

}  // namespace
}  // namespace logitape::tests
