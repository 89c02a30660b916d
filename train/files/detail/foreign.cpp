// One table of first bytes; then text formats without such bytes, known by their first line.
#include "logitape/train/files/detail/foreign.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "logitape/core/fmt.h"

namespace logitape::inline v0::data {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view unpack = "unpack it first";
constexpr std::string_view save_as_csv = "open it with a spreadsheet and save the sheet as CSV";
constexpr std::string_view from_pandas = "write it as CSV, for example by pandas' to_csv(index=False)";
constexpr std::string_view from_r = "write it as CSV, in R by write.csv(x, \"file.csv\", row.names = FALSE)";
constexpr std::string_view no_table = "a table of numbers and text is needed";
constexpr std::string_view as_array =
    "images are read from folders of PNG and JPEG, one for each class, from IDX, .npy, .npz and safetensors, or from "
    "CSV "
    "with a pixel a column";
constexpr std::string_view in_folders =
    "this is no table; to learn from pictures, put them in folders, one for each class, and give the folder around "
    "them";
constexpr std::string_view utf8_of_16 = "save it as UTF-8, for example by iconv -f UTF-16 -t UTF-8";
constexpr std::string_view utf8_of_32 = "save it as UTF-8, for example by iconv -f UTF-32 -t UTF-8";

constexpr std::array formats = {
    ForeignFormat{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, 0, "an old Excel workbook (.xls)", save_as_csv},
    ForeignFormat{"BZh"sv, 0, "packed by bzip2", "unpack it first, by bunzip2"},
    ForeignFormat{"\xfd"
                  "7zXZ\0"sv,
                  0, "packed by xz", "unpack it first, by unxz"},
    ForeignFormat{"\x28\xb5\x2f\xfd"sv, 0, "packed by zstd", "unpack it first, by unzstd"},
    ForeignFormat{"\x04\x22\x4d\x18"sv, 0, "packed by lz4", "unpack it first, by unlz4"},
    ForeignFormat{"\x5d\0\0"sv, 0, "packed by lzma", "unpack it first, by unlzma"},
    ForeignFormat{"\x1f\x9d"sv, 0, "packed by compress (.Z)", "unpack it first, by uncompress"},
    ForeignFormat{"7z\xbc\xaf\x27\x1c"sv, 0, "a 7z archive", unpack},
    ForeignFormat{"Rar!\x1a\x07"sv, 0, "a RAR archive", unpack},
    ForeignFormat{"ustar"sv, 257, "a tar archive", "unpack it first, by tar -xf"},
    ForeignFormat{"PAR1"sv, 0, "a Parquet file", from_pandas},
    ForeignFormat{"ARROW1"sv, 0, "a Feather or Arrow file", from_pandas},
    ForeignFormat{"FEA1"sv, 0, "a Feather file", from_pandas},
    ForeignFormat{"Obj\x01"sv, 0, "an Avro file", from_pandas},
    ForeignFormat{"ORC\x0a"sv, 0, "an ORC file", from_pandas},
    ForeignFormat{"ORC\0"sv, 0, "an ORC file", from_pandas},
    ForeignFormat{"\x71\x01\x01\0"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"\x71\x02\x01\0"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"\x72\x01\x01\0"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"\x72\x02\x01\0"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"\x73\x01\x01\0"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"\x73\x02\x01\0"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"ASCII SPSS PORT FILE"sv, 0, "an SPSS file (.por)", from_pandas},
    ForeignFormat{"ID3\x03"sv, 0, "an MP3 recording", no_table},
    ForeignFormat{"ID3\x04"sv, 0, "an MP3 recording", no_table},
    ForeignFormat{"\\begin{"sv, 0, "a LaTeX file", "copy its table into a spreadsheet and save that as CSV"},
    ForeignFormat{"\\documentclass"sv, 0, "a LaTeX file", "copy its table into a spreadsheet and save that as CSV"},
    ForeignFormat{"MATLAB 5.0 MAT-file"sv, 0, "a MATLAB file (.mat)",
                  "write it as CSV, in MATLAB by writematrix or writetable"},
    ForeignFormat{"MATLAB 7.3 MAT-file"sv, 0, "a MATLAB file (.mat)",
                  "write it as CSV, in MATLAB by writematrix or writetable"},
    ForeignFormat{"\x89HDF\r\n\x1a\n"sv, 0, "an HDF5 file",
                  "write its arrays as .npy, .npz or safetensors, or its table as CSV"},
    ForeignFormat{"CDF\x01"sv, 0, "a NetCDF file",
                  "write its arrays as .npy, .npz or safetensors, or its table as CSV"},
    ForeignFormat{"CDF\x02"sv, 0, "a NetCDF file",
                  "write its arrays as .npy, .npz or safetensors, or its table as CSV"},
    ForeignFormat{"SQLite format 3\0"sv, 0, "an SQLite database",
                  "write a table as CSV, by sqlite3 -header -csv FILE 'select * from TABLE'"},
    ForeignFormat{"RDX2\n"sv, 0, "an R workspace (.rda)", from_r},
    ForeignFormat{"RDX3\n"sv, 0, "an R workspace (.rda)", from_r},
    ForeignFormat{"X\n\0\0\0"sv, 0, "an R object (.rds)", from_r},
    ForeignFormat{"<stata_dta>"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"$FL2"sv, 0, "an SPSS file (.sav)", from_pandas},
    ForeignFormat{"$FL3"sv, 0, "an SPSS file (.sav)", from_pandas},
    ForeignFormat{"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"sv, 0, "a SAS file (.sas7bdat)", from_pandas},
    ForeignFormat{"HEADER RECORD*******LIBRARY"sv, 0, "a SAS transport file (.xpt)", from_pandas},
    ForeignFormat{"\x89PNG\r\n\x1a\n"sv, 0, "a PNG picture", in_folders},
    ForeignFormat{"\xff\xd8\xff"sv, 0, "a JPEG picture", in_folders},
    ForeignFormat{"GIF8"sv, 0, "a GIF image", as_array},
    ForeignFormat{"II*\0"sv, 0, "a TIFF image", as_array},
    ForeignFormat{"MM\0*"sv, 0, "a TIFF image", as_array},
    ForeignFormat{"WEBP"sv, 8, "a WebP image", as_array},
    ForeignFormat{"WAVE"sv, 8, "a WAV recording", no_table},
    ForeignFormat{"ftyp"sv, 4, "a film (.mp4)", no_table},
    ForeignFormat{"%PDF-"sv, 0, "a PDF document", "copy its table into a spreadsheet and save that as CSV"},
    ForeignFormat{"{\\rtf"sv, 0, "an RTF document", "save it as plain text"},
    ForeignFormat{"GGUF"sv, 0, "a GGUF model", no_table},
    ForeignFormat{"\x7f"
                  "ELF"sv,
                  0, "a program", no_table},
    ForeignFormat{"\xff\xfe\0\0"sv, 0, "UTF-32", utf8_of_32},  // before UTF-16, which begins alike
    ForeignFormat{"\0\0\xfe\xff"sv, 0, "UTF-32", utf8_of_32},
    ForeignFormat{"\xff\xfe"sv, 0, "UTF-16", utf8_of_16},
    ForeignFormat{"\xfe\xff"sv, 0, "UTF-16", utf8_of_16},
};

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

std::string called(std::string_view name, std::string_view advice) { return fmt::format("{}: {}", name, advice); }

// Pickles of protocol 0 are text: a module and a name, each on a line of its own, then numbered places.
bool is_pickle(std::string_view head) {
  const bool text = (head.starts_with('c') && head.substr(0, 200).find("\np0\n") != std::string_view::npos) ||
                    head.starts_with("(lp0\n") || head.starts_with("(dp0\n");
  return text || (head.size() > 3 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5);
}

// A text may begin with these two letters too; in a bitmap the four bytes behind the length are 0.
bool is_bitmap(std::string_view head) {
  return head.size() > 10 && head.starts_with("BM") && head.substr(6, 4) == std::string_view("\0\0\0\0", 4);
}

// Latin letters of two or four bytes each without a byte order mark: all bytes but one of each letter are 0.
std::string wide_text(std::string_view head) {
  const std::size_t count = std::min<std::size_t>(head.size() / 4, 32);
  bool zero[4] = {true, true, true, true}, letter[4] = {true, true, true, true};
  for (std::size_t i = 0; i < 4 * count; ++i) {
    zero[i % 4] = zero[i % 4] && head[i] == 0;
    letter[i % 4] = letter[i % 4] && head[i] != 0;
  }
  if (count < 2 || !zero[1] == !zero[2]) {  // of four bytes both in the middle are 0, of two only one
    const bool four = count >= 2 && zero[1] && zero[2] && ((zero[0] && letter[3]) || (zero[3] && letter[0]));
    return four ? called("UTF-32", utf8_of_32) : "";
  }
  const bool two = (zero[0] && zero[2] && letter[1] && letter[3]) || (zero[1] && zero[3] && letter[0] && letter[2]);
  return two ? called("UTF-16", utf8_of_16) : "";
}

// The number of pairs "3:0.5" behind the number in a line "1 3:0.5 7:1"; -1: it is no such line.
int pairs_of_libsvm(std::string_view line) {
  constexpr std::string_view digits = "0123456789", number = "0123456789+-.,eE";
  int pairs = 0;
  for (bool label = true; !line.empty(); label = false) {
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    const std::size_t colon = word.find(':');
    if (label && (word.empty() || word.find_first_not_of(number) != std::string_view::npos)) return -1;
    if (label || word.empty()) continue;
    const std::string_view place = word.substr(0, colon);
    const bool is_place =
        !place.empty() && (place.find_first_not_of(digits) == std::string_view::npos || place == "qid");
    if (colon == std::string_view::npos || !is_place || colon + 1 == word.size()) return -1;
    ++pairs;
  }
  return pairs;
}

// Lines of labels and pairs; at least one of the first five has a pair.
bool is_libsvm(std::string_view text) {
  bool pairs = false;
  for (int i = 0; i < 5 && !text.empty(); ++i) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const int found = pairs_of_libsvm(text.substr(0, end));
    if (found < 0 && end < text.size()) return false;  // the last line may be cut off
    pairs = pairs || found > 0;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pairs;
}

// Whether it begins as a list or object of JSON, and not as a text that starts with a bracket.
bool is_json(std::string_view head, std::string_view line) {
  const std::size_t next = head.find_first_not_of(" \t\r\n", 1);
  if (next == std::string_view::npos || line.empty()) return false;
  const bool alone = line.find_first_not_of(" \t") == line.find_last_not_of(" \t");
  if (head[0] == '{') return head[next] == '"' || head[next] == '}';
  const bool begins = std::string_view("[{\"-0123456789").find(head[next]) != std::string_view::npos;
  return head[0] == '[' && begins &&
         (alone || head[next] == '{' || head[next] == '[' || line.find_last_of(']') == line.find_last_not_of(" \t"));
}

std::string format_of_text(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  const std::string small = lower(head.substr(0, 16));
  if (small.starts_with("<!doctype") || small.starts_with("<html") || small.starts_with("<table"))
    return called("an HTML page", "open it with a browser, copy the table into a spreadsheet, and save that as CSV");
  if (small.starts_with("<?xml")) return called("an XML file", from_pandas);
  std::string_view rest = head;
  while (rest.starts_with('%')) {  // ARFF's comments
    rest.remove_prefix(std::min(rest.find('\n'), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  }
  if (lower(rest.substr(0, 9)) == "@relation")
    return called("an ARFF file of Weka",
                  "leave the lines up to @data out, and put the names of the attributes there, a comma between");
  const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
  if (small.starts_with("create table") || small.starts_with("insert into"))
    return called("a file of SQL", "run it in a database, and write the table as CSV");
  if (line == "---" && head.substr(3, 64).find(": ") != std::string_view::npos && head.find_first_of(",;\t|") > 64)
    return called("a YAML file", from_pandas);
  if (is_libsvm(head))
    return called("a LibSVM file",
                  "write it as .npy or CSV, for example by scikit-learn's load_svmlight_file and NumPy's savetxt");
  if (!is_json(head, line)) return "";
  if (head[0] == '{' && line.substr(0, line.find_last_not_of(" \t") + 1).ends_with('}'))
    return called("a file of JSON lines",
                  "write it as CSV, for example by pandas' read_json(lines=True) and to_csv(index=False)");
  return called("JSON", "write it as CSV, for example by pandas' read_json and to_csv(index=False)");
}

}  // namespace

std::span<const ForeignFormat> foreign_formats() { return formats; }

std::string foreign_format(std::string_view head) {
  for (const ForeignFormat& f : formats)
    if (head.size() >= f.at + f.magic.size() && head.substr(f.at, f.magic.size()) == f.magic)
      return called(f.name, f.advice);
  if (is_pickle(head))
    return called("a pickle of Python",
                  "save arrays by numpy.save or numpy.savez, tables by pandas' to_csv(index=False)");
  if (is_bitmap(head)) return called("a BMP image", as_array);
  if (const std::string wide = wide_text(head); !wide.empty()) return wide;
  return format_of_text(head);
}

std::string foreign_archive(const std::vector<std::string>& names) {
  const auto has = [&](std::string_view begin, std::string_view end = "") {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return name.starts_with(begin) && lower(name).ends_with(end); });
  };
  if (has("", ".npy") || names.empty()) return "";
  if (has("xl/")) return called("an Excel workbook (.xlsx)", save_as_csv);
  if (has("word/")) return called("a Word document (.docx)", "copy its table into a spreadsheet and save that as CSV");
  if (has("content.xml")) return called("an OpenDocument file (.ods)", save_as_csv);
  if (has("", "data.pkl")) return called("a file of PyTorch", "save tensors by safetensors or numpy.save");
  for (const std::string_view text : {".csv", ".tsv", ".txt", ".data"})
    if (has("", text))
      return called("a zip archive of tables",
                    "unpack it first, by unzip, or pack the table by gzip, which is read as it is");
  if (has("[Content_Types].xml")) return called("an Office document", save_as_csv);
  return called("a zip archive without arrays", unpack);
}

}  // namespace logitape::inline v0::data
