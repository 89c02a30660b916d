// Files written whole or not at all: what a training leaves behind replaces the last good file only when it is
// complete. And how far the reading of one is.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace logitape::inline v0 {

// The pieces, one behind the other, as the file at `path`: written beside it under a name of their own, flushed to the
// disk, then renamed. A link is followed. Error io, with the path and the cause; the old file is then as it was. A
// process that is killed meanwhile leaves the old file or the new one, and perhaps the unfinished one, .NAME.PID.COUNT,
// beside it.
void write_file(const std::string& path, std::span<const std::string_view> pieces);
inline void write_file(const std::string& path, std::string_view text) { write_file(path, std::span(&text, 1)); }

// Whether write_file could write there, asked before the work whose result it is to hold: makes the folders that are
// missing, writes an empty file beside `path` and takes it away again. Error io, as write_file.
void check_writable(const std::string& path);

// Told while a file is read: its path, and how many of all its bytes are done. The first call has done == 0; the last
// has done == all, also where an error ends the reading early.
using ReadProgress = std::function<void(const std::string& path, std::int64_t done, std::int64_t all)>;

}  // namespace logitape::inline v0
