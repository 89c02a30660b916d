// Files that are no tables are called by their names, with what to do; tables that look a little like them are read.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/files/detail/foreign.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using namespace std::string_view_literals;

// A zip archive of empty files, stored (PKWARE's APPNOTE.TXT 4.3): their headers, then the directory, then its end.
std::string zip_of(const std::vector<std::string>& names) {
  const auto bytes = [](std::uint64_t value, int width) {
    std::string text;
    for (int i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
  };
  std::string files, directory;
  for (const std::string& name : names) {
    directory += "PK\x01\x02" + std::string(24, '\0') + bytes(name.size(), 2) + std::string(12, '\0') +
                 bytes(files.size(), 4) + name;
    files += "PK\x03\x04" + std::string(22, '\0') + bytes(name.size(), 2) + std::string(2, '\0') + name;
  }
  return files + directory + "PK\x05\x06" + std::string(4, '\0') + bytes(names.size(), 2) + bytes(names.size(), 2) +
         bytes(directory.size(), 4) + bytes(files.size(), 4) + std::string(2, '\0');
}

// ASCII in units of some bytes, the letter in the byte `at` of each.
std::string wide(std::string_view text, std::size_t width, std::size_t at) {
  std::string all;
  for (const char c : text) {
    std::string unit(width, '\0');
    unit[at] = c;
    all += unit;
  }
  return all;
}

std::string refusal(std::string_view bytes) {
  return GivenFile(bytes).refusal([](const std::string& path) { load_examples(path); });
}

}  // namespace

TEST_CASE("every format of the table of first bytes is called by its name, with what to do") {
  for (const data::ForeignFormat& format : data::foreign_formats()) {
    CAPTURE(format.name);
    const std::string bytes = std::string(format.at, 'a') + std::string(format.magic) + std::string(300, '\1');
    CHECK(refusal(bytes) == "read_csv: FILE is " + std::string(format.name) + ": " + std::string(format.advice));
  }
  CHECK(data::foreign_formats().size() > 40);
}

TEST_CASE("formats of text, of wide letters and of Python are called by their names") {
  const std::string csv = "a,b,y\n1,2,0\n2,3,1\n3,4,0\n";
  struct Row {
    std::string bytes;
    std::string_view name;
  };
  const Row rows[] = {{"[{\"a\":1,\"y\":2}]\n", "JSON"},
                      {"{\n  \"a\": [1, 2]\n}\n", "JSON"},
                      {"[[1, 2], [3, 4]]", "JSON"},
                      {"[1, 2, 3]\n", "JSON"},
                      {"[\n  1,\n  2\n]", "JSON"},
                      {"\xef\xbb\xbf{\"a\": 1,\n\"b\": 2}", "JSON"},
                      {"{\"a\":1,\"y\":2}\n{\"a\":2,\"y\":3}\n", "a file of JSON lines"},
                      {"% a comment\n\n@RELATION iris\n@ATTRIBUTE a NUMERIC\n@DATA\n1\n", "an ARFF file of Weka"},
                      {"@relation r\n@attribute a numeric\n@data\n1,2\n", "an ARFF file of Weka"},
                      {"1 1:0.5 3:1\n0 2:1\n", "a LibSVM file"},
                      {"+1 1:0.5 3:1 \r\n-1 \r\n-1 2:1\r\n", "a LibSVM file"},
                      {"2 qid:1 1:3 2:4\n", "a LibSVM file"},
                      {"<!DOCTYPE html>\n<html>", "an HTML page"},
                      {"\n<table><tr>", "an HTML page"},
                      {"<?xml version=\"1.0\"?><a/>", "an XML file"},
                      {"CREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1,2);\n", "a file of SQL"},
                      {"insert into t values (1, 2);\n", "a file of SQL"},
                      {"---\n- a: 1\n  y: 0\n- a: 2\n  y: 1\n", "a YAML file"},
                      {std::string("BM\x42\x01\0\0\0\0\0\0\x36\0\0\0"sv) + std::string(40, '\1'), "a BMP image"},
                      {"ccopy_reg\n_reconstructor\np0\n(cpandas\nDataFrame\np1\n", "a pickle of Python"},
                      {"(lp0\nF1.5\naF2.5\na.", "a pickle of Python"},
                      {"\x80\x04\x95\x0b" + std::string(40, '\1'), "a pickle of Python"},
                      {wide(csv, 2, 0), "UTF-16"},
                      {wide(csv, 2, 1), "UTF-16"},
                      {wide(csv, 4, 0), "UTF-32"},
                      {wide(csv, 4, 3), "UTF-32"},
                      {"\xff\xfe" + wide(csv, 2, 0), "UTF-16"},
                      {"\xfe\xff" + wide(csv, 2, 1), "UTF-16"},
                      {std::string("\xff\xfe\0\0"sv) + wide(csv, 4, 0), "UTF-32"},
                      {std::string("\0\0\xfe\xff"sv) + wide(csv, 4, 3), "UTF-32"}};
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    CHECK(refusal(row.bytes).starts_with("read_csv: FILE is " + std::string(row.name) + ": "));
  }
}

TEST_CASE("archives are called by what is in them") {
  struct Row {
    std::vector<std::string> names;
    std::string_view name;
  };
  const Row rows[] = {{{"[Content_Types].xml", "xl/workbook.xml"}, "an Excel workbook (.xlsx)"},
                      {{"[Content_Types].xml", "word/document.xml"}, "a Word document (.docx)"},
                      {{"mimetype", "content.xml"}, "an OpenDocument file (.ods)"},
                      {{"archive/data.pkl", "archive/data/0"}, "a file of PyTorch"},
                      {{"data.csv"}, "a zip archive of tables"},
                      {{"a/train.TSV", "a/readme.md"}, "a zip archive of tables"},
                      {{"1.png", "2.png"}, "a zip archive without arrays"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string why = refusal(zip_of(row.names));
    CHECK(why.starts_with("load_npz: \"FILE\" is " + std::string(row.name) + ": "));
  }
  CHECK(refusal(zip_of({"notes.txt", "x.npy"})).find("which is no array") != std::string::npos);
}

TEST_CASE("tables that begin a little like another format are tables") {
  for (const std::string text :
       {"BMI,age\n1,2\n2,3\n", "PARTY,n\nx,1\ny,2\n", "[spam] hello,1\n[ham] you,0\n", "{a},1\n{b},0\n",
        "t,y\n12:30,1\n13:30,0\n", "%,y\n1,0\n2,1\n", "ORC,ELF\n1,0\n2,1\n", "MM,II\n1,0\n2,1\n", "X,y\n1,0\n2,1\n",
        "@user,y\nx,0\nz,1\n", "GIF,BZ\n1,0\n2,1\n", "BM\n1\n2\n", "BM,y\n1,0\n2,1\n", "create,y\n1,0\n2,1\n",
        "cat,p0\nc,1\n(a,2\n", "---\na,y\n1,0\n2,1\n", "A,y\n3,0\n2,1\n"}) {
    CAPTURE(text);
    CHECK(GivenFile(text).refusal([](const std::string& path) { read_csv(path); }) == "");
  }
}

TEST_CASE("letters that are not UTF-8 are refused with what to do, but in a column that is left out") {
  for (const std::string text : {"a,gr\xfcn\n1,2\n3,4\n", "a,b\n1,gr\xfcn\n3,rot\n"}) {
    CHECK(refusal_of_csv(text).find("convert the file, for example by iconv -f LATIN1 -t UTF-8") != std::string::npos);
  }
  CHECK(read_csv(GivenFile("a,b\n1,gr\xfcn\n3,rot\n").path, {.ignore = {"b"}}).rows() == 2);
}

}  // namespace logitape::tests
