// One table of first bytes; then formats of text, which have no such bytes and are known by their first line.
#include "logitape/train/data/foreign.h"

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
constexpr std::string_view as_array = "images are read from IDX, .npy, .npz and safetensors, or from CSV with a pixel a column";
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
    ForeignFormat{"\x1f\x9d"sv, 0, "packed by compress (.Z)", "unpack it first, by uncompress"},
    ForeignFormat{"7z\xbc\xaf\x27\x1c"sv, 0, "a 7z archive", unpack},
    ForeignFormat{"Rar!\x1a\x07"sv, 0, "a RAR archive", unpack},
    ForeignFormat{"ustar"sv, 257, "a tar archive", "unpack it first, by tar -xf"},
    ForeignFormat{"PAR1"sv, 0, "a Parquet file", from_pandas},
    ForeignFormat{"ARROW1"sv, 0, "a Feather or Arrow file", from_pandas},
    ForeignFormat{"FEA1"sv, 0, "a Feather file", from_pandas},
    ForeignFormat{"Obj\x01"sv, 0, "an Avro file", from_pandas},
    ForeignFormat{"ORC\x0a"sv, 0, "an ORC file", from_pandas},
    ForeignFormat{"MATLAB 5.0 MAT-file"sv, 0, "a MATLAB file (.mat)", "write it as CSV, in MATLAB by writematrix or writetable"},
    ForeignFormat{"MATLAB 7.3 MAT-file"sv, 0, "a MATLAB file (.mat)", "write it as CSV, in MATLAB by writematrix or writetable"},
    ForeignFormat{"\x89HDF\r\n\x1a\n"sv, 0, "an HDF5 file", "write its arrays as .npy, .npz or safetensors, or its table as CSV"},
    ForeignFormat{"SQLite format 3\0"sv, 0, "an SQLite database", "write a table as CSV, by sqlite3 -header -csv FILE 'select * from TABLE'"},
    ForeignFormat{"RDX2\n"sv, 0, "an R workspace (.rda)", from_r},
    ForeignFormat{"RDX3\n"sv, 0, "an R workspace (.rda)", from_r},
    ForeignFormat{"X\n\0\0\0"sv, 0, "an R object (.rds)", from_r},
    ForeignFormat{"<stata_dta>"sv, 0, "a Stata file (.dta)", from_pandas},
    ForeignFormat{"$FL2"sv, 0, "an SPSS file (.sav)", from_pandas},
    ForeignFormat{"$FL3"sv, 0, "an SPSS file (.sav)", from_pandas},
    ForeignFormat{"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"sv, 0, "a SAS file (.sas7bdat)", from_pandas},
    ForeignFormat{"HEADER RECORD*******LIBRARY"sv, 0, "a SAS transport file (.xpt)", from_pandas},
    ForeignFormat{"\x89PNG\r\n\x1a\n"sv, 0, "a PNG image", as_array},
    ForeignFormat{"\xff\xd8\xff"sv, 0, "a JPEG image", as_array},
    ForeignFormat{"GIF8"sv, 0, "a GIF image", as_array},
    ForeignFormat{"II*\0"sv, 0, "a TIFF image", as_array},
    ForeignFormat{"MM\0*"sv, 0, "a TIFF image", as_array},
    ForeignFormat{"WEBP"sv, 8, "a WebP image", as_array},
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
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

std::string called(std::string_view name, std::string_view advice) { return fmt::format("{}: {}", name, advice); }

bool is_pickle(std::string_view head) { return head.size() > 3 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5; }

// ASCII in two or four bytes each, without a mark that says so.
std::string wide_text(std::string_view head) {
  const std::size_t pairs = std::min<std::size_t>(head.size() / 2, 64);
  std::size_t zeros[2] = {}, all = 0;
  for (std::size_t i = 0; i < 2 * pairs; ++i) {
    zeros[i % 2] += head[i] == 0;
    all += head[i] == 0;
  }
  if (pairs < 4 || head.substr(0, 2) == "\0\0"sv) return head.starts_with("\0\0\0"sv) && pairs >= 4 && 4 * all == 6 * pairs ? called("UTF-32", utf8_of_32) : "";
  if (4 * all == 6 * pairs) return called("UTF-32", utf8_of_32);
  if ((zeros[0] == 0 && zeros[1] == pairs) || (zeros[1] == 0 && zeros[0] == pairs)) return called("UTF-16", utf8_of_16);
  return "";
}

// "1 3:0.5 7:1": a label, then places with their values.
bool is_libsvm(std::string_view line) {
  std::size_t pairs = 0;
  for (std::size_t word = 0; !line.empty(); ++word) {
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    const std::string_view text = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    const std::size_t colon = text.find(':');
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || (word == 0 && colon == std::string_view::npos)) continue;
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
    const std::string_view place = text.substr(0, colon);
    if (!(std::all_of(place.begin(), place.end(), is_digit) || place == "qid")) return false;
    pairs += 1;
  }
  return pairs > 0;
}

std::string format_of_text(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const auto skip_blanks = [&] { head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size())); };
  skip_blanks();
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
    return called("an ARFF file of Weka", "leave the lines up to @data out, and put the names of the attributes there, a comma between");
  const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
  if (is_libsvm(line))
    return called("a LibSVM file", "write it as .npy or CSV, for example by scikit-learn's load_svmlight_file and NumPy's savetxt");
  if (head.empty()) return "";
  const char first = head[0];
  if (first != '{' && first != '[') return "";
  head.remove_prefix(1);
  skip_blanks();
  const bool object = first == '{' && (head.starts_with('"') || head.starts_with('}'));
  const bool list = first == '[' && (head.starts_with('{') || head.starts_with('['));
  if (!object && !list) return "";
  const bool lines = object && line.ends_with('}');
  return called(lines ? "a file of JSON lines" : "JSON",
                lines ? "write it as CSV, for example by pandas' read_json(lines=True) and to_csv(index=False)"
                      : "write it as CSV, for example by pandas' read_json and to_csv(index=False)");
}

}  // namespace

std::span<const ForeignFormat> foreign_formats() { return formats; }

std::string foreign_format(std::string_view head) {
  for (const ForeignFormat& f : formats)
    if (head.size() >= f.at + f.magic.size() && head.substr(f.at, f.magic.size()) == f.magic) return called(f.name, f.advice);
  if (is_pickle(head)) return called("a pickle of Python", "save arrays by numpy.save or numpy.savez, tables by pandas' to_csv(index=False)");
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
    if (has("", text)) return called("a zip archive of tables", "unpack it first, by unzip, or pack the table by gzip, which is read as it is");
  if (has("[Content_Types].xml")) return called("an Office document", save_as_csv);
  return called("a zip archive without arrays", unpack);
}

}  // namespace logitape::inline v0::data
