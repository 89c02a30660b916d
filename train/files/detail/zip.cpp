// The central directory at the end of the archive lists the files. Of the header before each file only the lengths are
// used, which tell where its bytes begin.
#include "logitape/train/files/detail/zip.h"

#include <algorithm>
#include <set>

#include "logitape/train/files/detail/inflate.h"

namespace logitape::inline v0::data {
namespace {

constexpr std::uint64_t end_bytes = 22, directory_bytes = 46, local_bytes = 30;
constexpr std::uint32_t end_mark = 0x06054b50, directory_mark = 0x02014b50, local_mark = 0x04034b50;

std::uint32_t number(std::string_view bytes, std::size_t at, int width) {
  std::uint32_t value = 0;
  for (int i = width - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

std::string bytes_at(const File& file, std::uint64_t place, std::uint64_t count) {
  std::string bytes(count, '\0');
  file.read_at(place, bytes.data(), count);
  return bytes;
}

template <class... A>
[[noreturn]] void unsupported(const File& file, fmt::format_string<const A&...> why, const A&... values) {
  fail(ErrorCode::unsupported, file.op, "\"{}\" {}", file.path, fmt::format(why, values...));
}

// The record at the end. A comment of up to 65,535 bytes may follow it; the record has the length of that comment.
struct Directory {
  std::uint64_t begin, bytes, entries;
};
Directory find_directory(const File& file) {
  const std::uint64_t most = std::min<std::uint64_t>(file.size, end_bytes + 65535);
  const std::string tail = bytes_at(file, file.size - most, most);
  for (std::uint64_t at = most < end_bytes ? 0 : most - end_bytes + 1; at-- > 0;) {
    if (number(tail, at, 4) != end_mark || at + end_bytes + number(tail, at + 20, 2) != most) continue;
    const Directory found{
        .begin = number(tail, at + 16, 4), .bytes = number(tail, at + 12, 4), .entries = number(tail, at + 10, 2)};
    if (found.begin == UINT32_MAX || found.bytes == UINT32_MAX || found.entries == UINT16_MAX)
      unsupported(file, "is a zip64 archive, of 4 GiB or 65,535 files and more: it cannot be read");
    if (number(tail, at + 4, 4) != 0 || number(tail, at + 8, 2) != found.entries)
      unsupported(file, "is one of several volumes of a zip archive: it cannot be read");
    if (found.begin + found.bytes > file.size - most + at)
      file.refuse("is no zip archive, or damaged: its directory of {} bytes at byte {} is not inside the file",
                  found.bytes, found.begin);
    return found;
  }
  file.refuse("is no zip archive, or truncated: it has no directory");
}

// Where the bytes of a file begin: behind its own header, whose name and extra field have their own lengths.
std::uint64_t begin_of(const File& file, std::uint64_t header, const ZipEntry& entry, std::uint64_t stop) {
  if (header > stop || stop - header < local_bytes)
    file.refuse("is damaged: \"{}\" begins at byte {}, outside its place", entry.name, header);
  const std::string local = bytes_at(file, header, local_bytes);
  if (number(local, 0, 4) != local_mark)
    file.refuse("is damaged: \"{}\" does not begin at byte {}", entry.name, header);
  const std::uint64_t begin = header + local_bytes + number(local, 26, 2) + number(local, 28, 2);
  if (begin > stop || entry.packed > stop - begin)
    file.refuse("is damaged: \"{}\" has {} bytes at byte {}, which are not there", entry.name, entry.packed, begin);
  return begin;
}

ZipEntry read_entry(const File& file, std::string_view record, std::string name, std::uint64_t stop) {
  ZipEntry entry;
  entry.name = std::move(name);
  entry.checksum = number(record, 16, 4);
  entry.packed = number(record, 20, 4);
  entry.size = number(record, 24, 4);
  if (entry.packed == UINT32_MAX || entry.size == UINT32_MAX || number(record, 42, 4) == UINT32_MAX)
    unsupported(file, "has \"{}\" as zip64, of 4 GiB or more: it cannot be read", entry.name);
  if (number(record, 8, 2) & 1) unsupported(file, "has \"{}\" encrypted: it cannot be read", entry.name);
  const std::uint32_t method = number(record, 10, 2);
  if (method != 0 && method != 8)
    unsupported(file, "has \"{}\" packed by method {}; 0, stored, and 8, deflate, can be read", entry.name, method);
  entry.deflated = method == 8;
  if (entry.deflated ? entry.size > entry.packed * most_unpacked : entry.size != entry.packed)
    file.refuse("is damaged: \"{}\" of {} bytes cannot be packed in {}", entry.name, entry.size, entry.packed);
  entry.begin = begin_of(file, number(record, 42, 4), entry, stop);
  return entry;
}

void check_apart(const File& file, std::vector<ZipEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const ZipEntry& a, const ZipEntry& b) { return a.begin < b.begin; });
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!names.insert(entries[i].name).second) file.refuse("has \"{}\" twice", entries[i].name);
    if (i > 0 && entries[i - 1].begin + entries[i - 1].packed > entries[i].begin)
      file.refuse("is damaged: \"{}\" and \"{}\" lie on top of each other", entries[i - 1].name, entries[i].name);
  }
}

class ZipStream final : public Stream {
 public:
  ZipStream(const File& file, const ZipEntry& entry)
      : Stream(file.op, file.path + ", " + entry.name, entry.size), file_(file), entry_(entry), at_(entry.begin),
        packed_(entry.packed) {}

  std::size_t read(char* to, std::size_t count) override {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, entry_.size - made_));
    const std::size_t got = entry_.deflated ? unpack(to, count) : take(to, count);
    checksum_ = checksum(checksum_, {to, got});
    made_ += got;
    if (made_ == entry_.size && checksum_ != entry_.checksum)
      refuse("is damaged: its checksum is {:08x}, the archive's directory has {:08x}", checksum_, entry_.checksum);
    return got;
  }

 private:
  std::size_t take(char* to, std::size_t count) {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, packed_));
    file_.read_at(at_, to, count);
    at_ += count;
    packed_ -= count;
    return count;
  }
  std::size_t unpack(char* to, std::size_t count) {
    std::size_t got = 0;
    while (got < count) {
      if (left_.empty()) left_ = {buffer_.data(), take(buffer_.data(), buffer_.size())};
      const Inflater::Step step = inflater_.run(left_, to + got, count - got);
      if (step.wrong) refuse("is damaged: its data is not deflate ({})", step.wrong);
      left_.remove_prefix(step.taken);
      got += step.made;
      if (got < count && (step.ended || (left_.empty() && packed_ == 0 && step.made == 0)))
        refuse("is damaged: it ends {} bytes early", entry_.size - made_ - got);
    }
    return got;
  }

  const File& file_;
  ZipEntry entry_;
  std::uint64_t at_, packed_, made_ = 0;
  std::uint32_t checksum_ = 0;
  std::vector<char> buffer_ = std::vector<char>(entry_.deflated ? 1 << 16 : 0);
  std::string_view left_;
  Inflater inflater_{Inflater::raw};
};

}  // namespace

std::vector<ZipEntry> read_zip_directory(const File& file) {
  const Directory directory = find_directory(file);
  const std::string records = bytes_at(file, directory.begin, directory.bytes);
  std::vector<ZipEntry> entries;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const std::string_view record = std::string_view(records).substr(at);
    if (record.size() < directory_bytes || number(record, 0, 4) != directory_mark)
      file.refuse("is damaged: its directory of {} files ends behind {}", directory.entries, i);
    const std::size_t name_bytes = number(record, 28, 2),
                      all = directory_bytes + name_bytes + number(record, 30, 2) + number(record, 32, 2);
    if (record.size() < all) file.refuse("is damaged: its directory of {} files ends behind {}", directory.entries, i);
    entries.push_back(
        read_entry(file, record, std::string(record.substr(directory_bytes, name_bytes)), directory.begin));
    at += all;
  }
  check_apart(file, entries);
  return entries;
}

std::unique_ptr<Stream> open_zip_entry(const File& file, const ZipEntry& entry) {
  return std::make_unique<ZipStream>(file, entry);
}

}  // namespace logitape::inline v0::data
