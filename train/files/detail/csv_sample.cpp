// A stream over the sample's text: one reader then cuts samples and files.
#include "logitape/train/files/detail/csv_sample.h"

#include <algorithm>
#include <cstring>

namespace logitape::inline v0::data {
namespace {

constexpr std::size_t piece = 1 << 16, enough = 1 << 18, most = 1 << 22;
constexpr std::ptrdiff_t enough_lines = 20;
constexpr std::size_t most_rows = 1000, most_sampled_cells = 200'000;

class TextStream final : public Stream {
 public:
  TextStream(const char* who, const CsvSample& sample)
      : Stream(who, sample.name, sample.text.size()), left_(sample.text) {}
  std::size_t read(char* to, std::size_t count) override {
    count = std::min(count, left_.size());
    std::memcpy(to, left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
};

}  // namespace

CsvSample csv_sample(const char* op, const std::string& path) {
  const auto stream = open_stream(op, path);
  CsvSample sample{.name = path, .text = {}};
  std::ptrdiff_t lines = 0;
  while (sample.text.size() < most && (sample.text.size() < enough || lines < enough_lines)) {
    const std::size_t begin = sample.text.size();
    sample.text.resize(begin + piece);
    sample.text.resize(begin + stream->read(sample.text.data() + begin, piece));
    lines += std::count_if(sample.text.begin() + static_cast<std::ptrdiff_t>(begin), sample.text.end(),
                           [](char c) { return c == '\n' || c == '\r'; });
    if (sample.text.size() < begin + piece) {
      sample.whole = true;
      return sample;
    }
  }
  if (const std::size_t end = sample.text.find_last_of("\r\n"); end != std::string::npos) sample.text.resize(end + 1);
  return sample;
}

SampleRecords cut_sample(const char* op, const CsvSample& sample, const CsvCut& cut) {
  TextStream stream(op, sample);
  CsvRecords records(stream, cut);
  SampleRecords cuts;
  std::size_t cells = 0;
  try {
    while (cuts.rows.size() < most_rows && (cells < most_sampled_cells || cuts.rows.size() < 2)) {
      if (!records.next()) {
        cuts.whole = sample.whole;
        break;
      }
      if (records.is_empty() && cuts.rows.empty()) continue;
      cuts.lines.push_back(records.line());
      CsvCells& row = cuts.rows.emplace_back();
      row.reserve(records.size());
      for (std::size_t i = 0; i < records.size(); ++i) row.push_back({std::string(records[i]), records.is_quoted(i)});
      cells += records.size();
    }
  } catch (const Error&) {
    if (sample.whole || cuts.rows.size() < enough_lines) throw;  // else a cell may go on behind the sample
  }
  const auto is_empty = [](const CsvCell& cell) { return cell.text.empty() && !cell.quoted; };
  while (!cuts.rows.empty() && std::all_of(cuts.rows.back().begin(), cuts.rows.back().end(), is_empty)) {
    cuts.rows.pop_back();
    cuts.lines.pop_back();
  }
  return cuts;
}

}  // namespace logitape::inline v0::data
