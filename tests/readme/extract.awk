# Writes every cpp block of a README to FOLDER/N.cpp, and to FOLDER/N.txt the text block that follows: its output.
#   awk -v folder=FOLDER -f extract.awk README.md
/^```cpp$/ { ++count; file = folder "/" count ".cpp"; printf "" > file; next }
/^```text$/ { file = folder "/" count ".txt"; printf "" > file; next }
/^```/ { file = file == "" ? "-" : ""; next }  # another kind of block, or the end of any
file != "" && file != "-" { print > file }
