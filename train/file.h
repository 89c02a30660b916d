// Files written whole or not at all: what a training leaves behind replaces the last good file only when it is
// complete.
#pragma once
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

}  // namespace logitape::inline v0
