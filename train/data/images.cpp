// Two rounds over the files: extents, if the size is to be seen from them; then pixels, by several threads, each row in
// its own place.
#include "logitape/train/data/images.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include "logitape/backends/threads.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/files/detail/pixels.h"
#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0 {
namespace {

using data::PictureWanted;
using data::Pixels;

constexpr const char* load_images_op = "load_images";
constexpr std::int64_t largest_seen = 128, usual_side = 64, largest_side = 1 << 14;
constexpr std::size_t named_at_most = 20;

// work(i) for each i below count, by threads; done(how many) is called from this one. What they throw comes out here.
template <class Work, class Done>
void by_threads(std::size_t count, int threads, const Work& work, const Done& done) {
  std::atomic<std::size_t> next = 0, finished = 0;
  std::exception_ptr failure;
  std::mutex lock;
  const auto run = [&](bool tells) {
    try {
      for (std::size_t i = next++; i < count; i = next++) {
        work(i);
        ++finished;
        if (tells) done(finished.load());
      }
    } catch (...) {
      next = count;
      const std::lock_guard guard(lock);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;  // which are joined at the end of this block
    for (std::size_t i = 1; i < std::min<std::size_t>(static_cast<std::size_t>(threads), count); ++i)
      others.emplace_back(run, false);
    run(true);
  }
  if (failure) std::rethrow_exception(failure);
  done(count);
}

// A picture's pixels or extents, or why there are none.
struct Outcome {
  Pixels picture;
  std::string broken;
};
Outcome outcome_of(const std::string& path, PictureWanted wanted) {
  try {
    return {data::picture_of(path, wanted), ""};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io) throw;
    const std::string_view what = error.what(), op = data::picture_op;
    return {{}, std::string(what.substr(what.starts_with(op) ? op.size() + 2 : 0))};
  }
}

// The extents of the pictures that are whole, upright.
std::vector<Pixels> extents_of(const std::vector<std::string>& paths, int threads) {
  std::vector<Pixels> extents(paths.size());
  const auto look = [&](std::size_t i) {
    Pixels& p = extents[i] = outcome_of(paths[i], PictureWanted::extents).picture;
    if (data::lies_on_its_side(p)) std::swap(p.height, p.width);
  };
  by_threads(paths.size(), threads, look, [](std::size_t) {});
  std::erase_if(extents, [](const Pixels& p) { return p.height == 0; });
  return extents;
}

// Fills in what the options leave to the pictures; a note says what was chosen.
ImageOptions decided(ImageOptions o, const std::vector<std::string>& paths, int threads, Examples& examples) {
  if (o.height == 0) o.height = o.width = o.size;
  if (o.height != 0 && o.channels != 0) return o;
  std::vector<Pixels> extents = extents_of(paths, threads);
  if (extents.empty()) extents.push_back({.height = usual_side, .width = usual_side, .channels = 1});  // all are broken
  if (o.channels == 0) o.channels = std::ranges::max(extents, {}, &Pixels::channels).channels;
  if (o.height != 0) return o;
  const Pixels& first = extents.front();
  const bool alike =
      std::ranges::all_of(extents, [&](const Pixels& p) { return p.height == first.height && p.width == first.width; });
  const bool keep = alike && first.height <= largest_seen && first.width <= largest_seen;
  o.height = keep ? first.height : usual_side;
  o.width = keep ? first.width : usual_side;
  if (!keep)
    examples.notes.push_back(
        fmt::format("the pictures are {}: they are brought to {} x {} pixels; --image {},{},{} has them larger",
                    alike ? fmt::format("{} x {} pixels", first.width, first.height) : "of several sizes", o.width,
                    o.height, 2 * o.height, 2 * o.width, o.channels));
  return o;
}

void check_options(const ImageOptions& o) {
  require((o.height > 0) == (o.width > 0), load_images_op, "height is {} and width is {}: both are needed, or neither",
          o.height, o.width);
  for (const auto& [name, side] : {std::pair{"size", o.size}, {"height", o.height}, {"width", o.width}})
    require(side >= 0 && side <= largest_side, load_images_op, "the {} is {}; from 1 to {} pixels are possible", name,
            side, largest_side);
  require(o.channels == 0 || o.channels == 1 || o.channels == 3, load_images_op,
          "channels is {}; 1 (grey) and 3 (colour) are possible", o.channels);
  require(o.threads >= 0, load_images_op, "threads is {}", o.threads);
}

// Leaves the broken rows out, and names them in the notes.
Examples without_broken(Examples examples, const std::vector<std::string>& broken) {
  std::vector<std::int64_t> whole;
  std::vector<std::string> why;
  for (std::size_t i = 0; i < broken.size(); ++i) {
    if (broken[i].empty()) whole.push_back(static_cast<std::int64_t>(i));
    else why.push_back(broken[i]);
  }
  if (why.empty()) return examples;
  require(!whole.empty(), ErrorCode::io, load_images_op, "{}{}",
          broken.size() == 1 ? "" : fmt::format("none of {} pictures can be read: ", broken.size()), why.front());
  for (std::size_t i = 0; i < std::min(why.size(), named_at_most); ++i) examples.notes.push_back("left out: " + why[i]);
  if (why.size() > named_at_most)
    examples.notes.push_back(fmt::format("left out: {} more pictures that cannot be read", why.size() - named_at_most));
  examples = take(examples, whole);
  if (!examples.labels.defined()) return examples;
  const std::vector<std::int64_t> sizes = class_sizes(examples);
  for (std::size_t c = 0; c < sizes.size(); ++c)
    require(sizes[c] > 0, ErrorCode::io, load_images_op, "none of the pictures of \"{}\" in \"{}\" can be read: {}",
            examples.classes[c], examples.path, why.front());
  return examples;
}

void note_others(const std::vector<std::string>& others, Examples& examples) {
  if (others.empty()) return;
  examples.notes.push_back(
      others.size() == 1
          ? fmt::format("passed over: \"{}\" is no PNG or JPEG picture", others[0])
          : fmt::format("passed over: {} files are no PNG or JPEG pictures, as \"{}\"", others.size(), others[0]));
}

}  // namespace

Examples load_images(const std::string& path, const ImageOptions& options) {
  check_options(options);
  const int threads = options.threads > 0 ? options.threads : num_threads();
  ImageFiles found = image_files(path, options.labelled);
  Examples examples;
  examples.path = path;
  const ImageOptions o = decided(options, found.paths, threads, examples);
  note_others(found.others, examples);
  const auto count = static_cast<std::int64_t>(found.paths.size());
  const std::int64_t row_size = o.height * o.width * o.channels;
  Tensor inputs = Tensor::uninitialised({count, o.height, o.width, o.channels}, DType::u8);
  auto* const rows = static_cast<std::uint8_t*>(inputs.writable());
  std::vector<std::string> broken(found.paths.size());
  data::Teller teller(options.progress, path, static_cast<std::uint64_t>(count));
  std::uint64_t told = 0;
  const auto read_row = [&](std::size_t i) {
    std::uint8_t* const row = rows + static_cast<std::int64_t>(i) * row_size;
    Outcome read = outcome_of(found.paths[i], PictureWanted::pixels);
    broken[i] = std::move(read.broken);
    if (!broken[i].empty()) {
      std::fill_n(row, row_size, std::uint8_t{0});
      return;
    }
    std::ranges::copy(data::brought_to(std::move(read.picture), o.height, o.width, o.channels).bytes, row);
  };
  by_threads(found.paths.size(), threads, read_row, [&](std::size_t done) {
    teller.advance(done - told);
    told = done;
  });
  examples.inputs = inputs;
  examples.image = Shape{o.height, o.width, o.channels};
  if (options.labelled) {
    examples.labels = from_span(found.labels, {count});
    examples.classes = std::move(found.classes);
    examples.label = "folder";
  }
  examples.files = std::move(found.paths);
  return without_broken(std::move(examples), broken);
}

}  // namespace logitape::inline v0
