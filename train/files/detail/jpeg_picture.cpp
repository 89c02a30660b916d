// JPEG by libjpeg: grey, colour, and the four inks of CMYK and YCCK. Its errors come by longjmp, so that nothing with a
// destructor is made between the call and the jump; warnings that tell of damaged bytes count as errors.
#include "logitape/train/files/detail/pixels.h"

#if defined(LOGITAPE_JPEG)
#include <csetjmp>
#include <cstdio>  // before jpeglib.h, which needs it
//
#include <jerror.h>
#include <jpeglib.h>
#endif

namespace logitape::inline v0::data {

#if defined(LOGITAPE_JPEG)
namespace {

constexpr std::int64_t most_a_byte = 1024;  // a block of 8 x 8 takes a bit or more, and a colour may have half as many
constexpr int most_scans = 200;  // a progressive file may have any number, each as long as all of the picture

struct JpegReading {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr scans{};
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX] = "";

  JpegReading() = default;
  ~JpegReading() { jpeg_destroy_decompress(&jpeg); }
  JpegReading(const JpegReading&) = delete;
  JpegReading& operator=(const JpegReading&) = delete;
};

[[noreturn]] void leave(j_common_ptr jpeg) {
  auto* const reading = static_cast<JpegReading*>(jpeg->client_data);
  jpeg->err->format_message(jpeg, reading->message);
  std::longjmp(reading->back, 1);
}
// Bytes between markers, and versions and profiles that nobody heeds, are in pictures that every viewer shows.
void warned(j_common_ptr jpeg, int level) {
  const int code = jpeg->err->msg_code;
  const bool harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM ||
                        code == JWRN_NOT_SEQUENTIAL;
  if (level < 0 && !harmless) leave(jpeg);
}
void scanned(j_common_ptr jpeg) {
  auto* const reading = static_cast<JpegReading*>(jpeg->client_data);
  if (reading->jpeg.input_scan_number <= most_scans) return;
  std::snprintf(reading->message, sizeof reading->message, "it has more than %d scans", most_scans);
  std::longjmp(reading->back, 1);
}

// false: reading.message says why. Nothing in it has a destructor.
bool read_header(JpegReading& r, const unsigned char* bytes, unsigned long count) {
  r.jpeg.err = jpeg_std_error(&r.errors);
  r.jpeg.client_data = &r;
  r.errors.error_exit = leave;
  r.errors.emit_message = warned;
  if (setjmp(r.back) != 0) return false;
  jpeg_create_decompress(&r.jpeg);
  r.jpeg.client_data = &r;
  r.scans.progress_monitor = scanned;
  r.jpeg.progress = &r.scans;
  jpeg_save_markers(&r.jpeg, JPEG_APP0 + 1, 0xffff);
  jpeg_mem_src(&r.jpeg, bytes, count);
  jpeg_read_header(&r.jpeg, TRUE);
  const J_COLOR_SPACE stored = r.jpeg.jpeg_color_space;
  r.jpeg.out_color_space = stored == JCS_GRAYSCALE                    ? JCS_GRAYSCALE
                           : stored == JCS_CMYK || stored == JCS_YCCK ? JCS_CMYK
                                                                      : JCS_RGB;
  return true;
}
bool read_rows(JpegReading& r, unsigned char* to) {
  if (setjmp(r.back) != 0) return false;
  jpeg_start_decompress(&r.jpeg);
  const std::size_t row = std::size_t{r.jpeg.output_width} * static_cast<std::size_t>(r.jpeg.output_components);
  while (r.jpeg.output_scanline < r.jpeg.output_height) {
    JSAMPROW at = to + r.jpeg.output_scanline * row;
    jpeg_read_scanlines(&r.jpeg, &at, 1);
  }
  jpeg_finish_decompress(&r.jpeg);
  return true;
}

int jpeg_orientation(const jpeg_decompress_struct& jpeg) {
  using namespace std::string_view_literals;
  for (auto m = jpeg.marker_list; m; m = m->next) {
    const std::string_view text(reinterpret_cast<const char*>(m->data), m->data_length);
    if (text.starts_with("Exif\0\0"sv)) return exif_orientation(text.substr(6));
  }
  return 1;
}

// Adobe writes 255 - ink, which every program takes for granted: red is what cyan and black let through.
std::vector<std::uint8_t> colours_of_inks(const std::vector<std::uint8_t>& inks) {
  std::vector<std::uint8_t> colours;
  colours.reserve(inks.size() / 4 * 3);
  for (std::size_t i = 0; i + 3 < inks.size(); i += 4)
    for (std::size_t c = 0; c < 3; ++c)
      colours.push_back(static_cast<std::uint8_t>((inks[i + c] * inks[i + 3] + 127) / 255));
  return colours;
}

}  // namespace

Pixels jpeg_picture(const std::string& path, std::string_view file, PictureWanted wanted) {
  JpegReading r;
  const auto refuse = [&]() {
    fail(ErrorCode::io, picture_op, "\"{}\" is a broken JPEG picture of {} bytes: {}", path, file.size(),
         std::string(r.message));
  };
  if (!read_header(r, reinterpret_cast<const unsigned char*>(file.data()), static_cast<unsigned long>(file.size())))
    refuse();
  require_extents(path, r.jpeg.image_height, r.jpeg.image_width);
  const bool inks = r.jpeg.out_color_space == JCS_CMYK;
  Pixels p{.height = r.jpeg.image_height,
           .width = r.jpeg.image_width,
           .channels = r.jpeg.out_color_space == JCS_GRAYSCALE ? 1 : 3,
           .orientation = jpeg_orientation(r.jpeg)};
  if (wanted == PictureWanted::extents) return p;
  require_held(path, p.height, p.width, file.size(), most_a_byte);
  p.bytes.resize(static_cast<std::size_t>(p.height * p.width * (inks ? 4 : p.channels)));
  if (!read_rows(r, p.bytes.data())) refuse();
  if (inks) p.bytes = colours_of_inks(p.bytes);
  return p;
}
#else
Pixels jpeg_picture(const std::string& path, std::string_view, PictureWanted) {
  fail(ErrorCode::unsupported, picture_op,
       "\"{}\" is a JPEG picture; logitape was built without libjpeg: install libjpeg-dev and build again", path);
}
#endif

}  // namespace logitape::inline v0::data
