// Folders of pictures become rows: which, in which order, of which size; what is broken, and what is no picture.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "logitape/train/see/detail/png.h"
#include "tests/train/data_files.h"
#include "tests/train/picture_bytes.h"

namespace logitape::tests {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string of_one_grey(std::uint8_t grey, std::int64_t side = 3) {
  return train::png(std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), grey), side, side, 1);
}
bool reads_png() { return GivenFile(of_one_grey(1)).refusal(read_picture).find("built without") == std::string::npos; }

// Folders that begin empty.
struct Photos {
  TemporaryFolder folder;
  fs::path root = fs::path(folder / "photos");
  void add(const std::string& path, const std::string& bytes = of_one_grey(7)) const { put(root / path, bytes); }
  std::string path(const std::string& below = "") const { return (below.empty() ? root : root / below).string(); }
};

TEST_CASE("a folder is a class, in the order of bytes, and its files are in that of torchvision's ImageFolder") {
  const Photos p;
  CHECK_THROWS_WITH_AS(load_images(p.path()), doctest::Contains("is no folder"), Error);
  for (const char* name :
       {"b/10.png", "b/2.PNG", "b/w/1.png", "b/w-1/1.png", "B/x.jpeg", "\xc3\xa4/1.JPG", "Z z/1.png"})
    p.add(name);
  p.add("b/w/\xff.png");
  p.add("b/.hidden.png");
  p.add(".git/x.png");
  p.add("B/notes.txt", "text");
  p.add("above.png");
  const ImageFiles files = image_files(p.path() + "/");
  CHECK(files.classes == std::vector<std::string>{"B", "Z z", "b", "\xc3\xa4"});
  // sorted(os.walk("b")): "b", "b/w", "b/w-1"; of each sorted(names)
  std::vector<std::string> wanted;
  for (const char* name :
       {"B/x.jpeg", "Z z/1.png", "b/10.png", "b/2.PNG", "b/w/1.png", "b/w/\xff.png", "b/w-1/1.png", "\xc3\xa4/1.JPG"})
    wanted.push_back(p.path(name));
  CHECK(files.paths == wanted);
  CHECK(files.labels == std::vector<std::int64_t>{0, 1, 2, 2, 2, 2, 2, 3});
  CHECK(files.others == std::vector<std::string>{p.path("B/notes.txt")});
  p.add("\xfe/1.png");
  CHECK_THROWS_WITH_AS(image_files(p.path()), doctest::Contains("is not UTF-8"), Error);
}

TEST_CASE("links are followed, but not round in a circle") {
  const Photos p;
  p.add("a/1.png");
  p.add("b/2.png");
  fs::create_directory_symlink(p.root / "a", p.root / "a" / "round");
  fs::create_directory_symlink(p.root, p.root / "a" / "up");
  fs::create_directory_symlink(p.root / "b", p.root / "c");
  fs::create_symlink(p.root / "none", p.root / "b" / "3.png");
  const ImageFiles files = image_files(p.path());
  CHECK(files.classes == std::vector<std::string>{"a", "b", "c"});
  // a/up leads to the root, from where a is a circle, and b and c are not
  CHECK(files.paths == std::vector<std::string>{p.path("a/1.png"), p.path("a/up/b/2.png"), p.path("a/up/c/2.png"),
                                                p.path("b/2.png"), p.path("c/2.png")});
}

TEST_CASE("folders train, val and test are a split, unless other folders stand beside them") {
  const Photos p;
  p.add("train/a/1.png");
  p.add("test/1.png");
  CHECK(image_parts(p.path()).train == p.path("train"));
  CHECK(image_parts(p.path()).test == p.path("test"));
  CHECK(image_parts(p.path()).validation.empty());
  CHECK_THROWS_WITH_AS(image_files(p.path()), doctest::Contains("holds the parts of a split"), Error);
  p.add("valid/a/1.png");
  CHECK(image_parts(p.path() + "/").validation == p.path("valid"));
  p.add("tram/1.png");
  CHECK(image_parts(p.path()).train.empty());
  fs::remove_all(p.root / "tram");
  p.add("val/a/1.png");
  CHECK_THROWS_WITH_AS(image_parts(p.path()), doctest::Contains("would be for validation"), Error);
  CHECK(image_parts(p.path("none")).train.empty());
}

TEST_CASE("pictures are brought to one size by several threads; broken ones are named and left out") {
  if (!reads_png()) return;
  const Photos p;
  p.add("b/2.png", of_one_grey(20));
  p.add("b/10.png", of_one_grey(10));
  p.add("b/within/1.png", of_one_grey(30));
  p.add("B/x.jpg", of_one_grey(40));  // its bytes tell what it is
  p.add("B/notes.txt", "text");
  p.add("B/y.png", "\x89PNG\r\n\x1a\n" + std::string(20, 'x'));
  p.add("B/empty.jpg", "");
  for (const int threads : {1, 3}) {
    const Examples e = load_images(p.path(), {.threads = threads});
    CHECK(e.classes == std::vector<std::string>{"B", "b"});
    CHECK(e.inputs.shape() == Shape{4, 3, 3, 1});
    CHECK(e.labels.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 1, 1});
    const auto x = e.inputs.to_vector<std::uint8_t>();
    CHECK(std::vector<std::uint8_t>{x[0], x[9], x[18], x[27]} == std::vector<std::uint8_t>{40, 10, 20, 30});
    CHECK(e.files ==
          std::vector<std::string>{p.path("B/x.jpg"), p.path("b/10.png"), p.path("b/2.png"), p.path("b/within/1.png")});
    REQUIRE(e.notes.size() == 3);
    CHECK(e.notes[0] == "passed over: \"" + p.path("B/notes.txt") + "\" is no PNG or JPEG picture");
    CHECK(e.notes[1] == "left out: \"" + p.path("B/empty.jpg") + "\" is empty");
    CHECK(e.notes[2].starts_with("left out: \"" + p.path("B/y.png") + "\" is a broken PNG picture"));
    CHECK(take(e, std::vector<std::int64_t>{3, 0}).files ==
          std::vector<std::string>{p.path("b/within/1.png"), p.path("B/x.jpg")});
  }
  CHECK(load_images(p.path(), {.size = 5, .channels = 3}).inputs.shape() == Shape{4, 5, 5, 3});
  CHECK(load_examples(p.path(), {.labelled = false, .image = Shape{2, 2, 1}}).size() == 4);
  CHECK(load_examples(p.path("b/2.png"), {.labelled = false}).files == std::vector<std::string>{p.path("b/2.png")});
  CHECK_THROWS_WITH_AS(load_examples(p.path(), {.image = Shape()}), doctest::Contains("rows are to be no images"),
                       Error);
  CHECK_THROWS_WITH_AS(load_images(p.path(), {.channels = 2}), doctest::Contains("channels is 2"), Error);
  CHECK_THROWS_WITH_AS(load_images(p.path(), {.height = 2}), doctest::Contains("both are needed"), Error);
  put(p.root / "b" / "3.png", train::png(std::vector<std::uint8_t>(27, 50), 3, 3, 3));  // colour beside grey
  p.add("b/4.png", of_one_grey(60, 9));
  const Examples mixed = load_images(p.path());
  CHECK(mixed.inputs.shape() == Shape{6, 64, 64, 3});
  CHECK(mixed.notes[0] ==
        "the pictures are of several sizes: they are brought to 64 x 64 pixels; --image 128,128,3 has them larger");
  p.add("c/broken.png", "\x89PNG\r\n\x1a\n");
  CHECK_THROWS_WITH_AS(load_images(p.path()), doctest::Contains("none of the pictures of \"c\""), Error);
  fs::create_directories(p.root / "empty");
  CHECK_THROWS_WITH_AS(load_images(p.path()), doctest::Contains("without a PNG or JPEG picture: \"empty\";"), Error);
}

TEST_CASE("a preprocessing of pictures is the same of bytes and of numbers, and keeps how they are brought to size") {
  if (!reads_png()) return;
  const Photos p;
  for (int i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i);
    p.add((i % 2 == 0 ? "a/" : "b/") + name + ".png", of_one_grey(static_cast<std::uint8_t>(20 + 31 * i)));
  }
  Examples e = load_images(p.path(), {.size = 2});
  const Preprocessing bytes = Preprocessing::fit(e);
  const Tensor prepared = bytes.inputs(e);
  e.inputs = e.inputs.to(DType::f64);
  CHECK(Preprocessing::fit(e).json() == bytes.json());
  CHECK(bytes.inputs(e).to_vector<float>() == prepared.to_vector<float>());
  CHECK(prepared.to_vector<float>().front() == 0);  // (20 - 20)/155
  const LoadOptions how = Preprocessing::from_json(bytes.json()).how_to_read(false);
  CHECK(load_examples(p.path(), how).inputs.shape() == Shape{6, 2, 2, 1});
}

}  // namespace
}  // namespace logitape::tests
