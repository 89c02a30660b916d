// zlib behind a small interface.
#include "logitape/train/files/detail/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::data {
namespace {

int window_bits(Inflater::Form form) { return form == Inflater::gzip ? 15 + 16 : -15; }  // zlib's codes for the two

unsigned at_once(std::size_t count) { return static_cast<unsigned>(std::min<std::size_t>(count, 1u << 30)); }

}  // namespace

struct Inflater::State {
  z_stream stream = {};
};

Inflater::Inflater(Form form) : state_(std::make_unique<State>()) {
  require(inflateInit2(&state_->stream, window_bits(form)) == Z_OK, ErrorCode::out_of_memory, "inflate",
          "zlib has no memory to begin");
}

Inflater::~Inflater() { inflateEnd(&state_->stream); }

void Inflater::begin(Form form) {
  require(inflateReset2(&state_->stream, window_bits(form)) == Z_OK, ErrorCode::out_of_memory, "inflate",
          "zlib has no memory to begin");
}

Inflater::Step Inflater::run(std::string_view packed, char* to, std::size_t room) {
  z_stream& z = state_->stream;
  // zlib's z_const is empty in most builds; zlib only reads these bytes
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = at_once(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(to);
  z.avail_out = at_once(room);
  const unsigned in = z.avail_in, out = z.avail_out;
  const int result = inflate(&z, Z_NO_FLUSH);
  Step step{.taken = in - z.avail_in, .made = out - z.avail_out, .ended = result == Z_STREAM_END};
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) step.wrong = z.msg ? z.msg : "not deflate";
  return step;
}

std::uint32_t adler_32(std::string_view bytes) {
  uLong sum = ::adler32(0, nullptr, 0);
  while (!bytes.empty()) {
    const unsigned count = at_once(bytes.size());
    sum = ::adler32(sum, reinterpret_cast<const Bytef*>(bytes.data()), count);
    bytes.remove_prefix(count);
  }
  return static_cast<std::uint32_t>(sum);
}

std::uint32_t checksum(std::uint32_t before, std::string_view bytes) {
  while (!bytes.empty()) {
    const unsigned count = at_once(bytes.size());
    before = static_cast<std::uint32_t>(::crc32(before, reinterpret_cast<const Bytef*>(bytes.data()), count));
    bytes.remove_prefix(count);
  }
  return before;
}

}  // namespace logitape::inline v0::data
