// Files are written whole or not at all, and a refusal names the path and the cause.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "logitape.h"
#include "tests/support/small_disk.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

namespace fs = std::filesystem;

void check_io(const std::string& expected, const auto& call) {
  try {
    call();
    FAIL_CHECK("no error, but expected: " << expected);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::io);
    CHECK(std::string(error.what()) == expected);
  }
}

}  // namespace

TEST_CASE("a written file has the bytes of all pieces, replaces the old one and leaves nothing beside it") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  write_file(path, "old and longer");
  const std::string_view pieces[] = {"one", "", std::string_view("\0two", 4)};
  write_file(path, pieces);
  CHECK(text_of(path) == std::string("one\0two", 7));
  CHECK(folder.files() == 1);
}

TEST_CASE("a file that is replaced keeps its permissions, and a link to it stays a link") {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  REQUIRE(::chmod((folder / "a").c_str(), 0640) == 0);
  fs::create_symlink("a", folder.path / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder.path / "link"));
  CHECK(text_of(folder / "a") == "new");
  CHECK((fs::status(folder / "a").permissions() & fs::perms::all) == fs::perms(0640));
}

TEST_CASE("a disk that runs full leaves the old file and nothing beside it") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  write_file(path, "old");
  {
    const SmallDisk disk(1000);
    check_io("write_file: \"" + path + "\" could not be written: File too large",
             [&] { write_file(path, std::string(2000, 'x')); });
  }
  CHECK(text_of(path) == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("what cannot be written is refused by path and cause") {
  const TemporaryFolder folder;
  write_file(folder / "file", "");
  const auto refusal = [](const std::string& path, const char* why) {
    return "write_file: \"" + path + "\" cannot be written" + why;
  };
  const std::string missing = folder / "no/a", below_file = folder / "file/a";
  check_io(refusal(missing, ": No such file or directory"), [&] { write_file(missing, "x"); });
  check_io(refusal(below_file, ": Not a directory"), [&] { write_file(below_file, "x"); });
  check_io(refusal(folder.path.string(), ": it is no ordinary file"), [&] { write_file(folder.path.string(), "x"); });
  check_io(refusal("/dev/null", ": it is no ordinary file"), [&] { write_file("/dev/null", "x"); });
  check_io(refusal("", ": it is no ordinary file"), [&] { write_file("", "x"); });
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("whether a file can be written is known before: its folders are made, and no file is left") {
  const TemporaryFolder folder;
  check_writable(folder / "deep/er/a");
  CHECK(fs::is_directory(folder.path / "deep/er"));
  CHECK(fs::is_empty(folder.path / "deep/er"));
  write_file(folder / "file", "");
  const std::string below_file = folder / "file/a";
  check_io("write_file: \"" + below_file + "\" cannot be written, its folder could not be made: Not a directory",
           [&] { check_writable(below_file); });
  check_io("write_file: \"" + (folder / "deep") + "\" cannot be written: it is no ordinary file",
           [&] { check_writable(folder / "deep"); });
}

}  // namespace logitape::tests
