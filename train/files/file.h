// Files are written whole or not at all: what a training writes replaces the last good file only when it is complete.
// Also reports how far the reading of a file is.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace logitape::inline v0 {

// Writes the pieces in order as the file at `path`: under another name beside it, flushed to the disk, then renamed. A
// link is followed. Error io, with the path and the cause; the old file then stays as it was. A process that is killed
// meanwhile leaves the old file or the new one, and perhaps the unfinished one beside it, .NAME.PID.COUNT.
void write_file(const std::string& path, std::span<const std::string_view> pieces);
inline void write_file(const std::string& path, std::string_view text) { write_file(path, std::span(&text, 1)); }

// Whether write_file could write there, asked before the work whose result goes there. It makes missing folders, writes
// an empty file beside `path` and removes it. Error io, as write_file.
void check_writable(const std::string& path);

// Called while a file is read: its path, and how many of all its bytes have been read. The first call has done == 0.
// The last has done == all, even if an error ends the reading early.
using ReadProgress = std::function<void(const std::string& path, std::int64_t done, std::int64_t all)>;

}  // namespace logitape::inline v0
