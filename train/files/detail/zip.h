// A zip archive (PKWARE's APPNOTE.TXT 6.3.3, sections 4.3 and 4.4): its list of files, and each as a stream. It checks
// everything before it uses it. Not installed.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

// One file of the archive: its packed bytes are [begin, begin + packed) of the archive.
struct ZipEntry {
  std::string name;
  std::uint64_t begin = 0, packed = 0, size = 0;
  std::uint32_t checksum = 0;
  bool deflated = false;
};

// In the archive's own order. Errors: io for a file that is no archive, a place outside the file or on top of another,
// a name that occurs twice; unsupported for encryption, zip64, several volumes, a packing other than deflate.
std::vector<ZipEntry> read_zip_directory(const File& file);

// The entry, unpacked. Its size and checksum are compared when its last byte is read.
std::unique_ptr<Stream> open_zip_entry(const File& file, const ZipEntry& entry);

}  // namespace logitape::inline v0::data
