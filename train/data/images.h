// Folders of pictures as examples: a folder a class.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/data/examples.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {

// How pictures become rows of one shape. 0: seen from the pictures.
struct ImageOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t size = 0;               // pixels of both sides, unless `height` and `width` say
  std::int64_t height = 0, width = 0;  // 0: those of the pictures if all have the same, up to 128 x 128; else 64 x 64
  std::int64_t channels = 0;           // 1: grey, 3: colour; 0: colour if any picture has it
  bool labelled = true;                // false: every picture in the folder, or the only one of that file, is a row
  int threads = 0;                     // which read pictures; 0: num_threads(). The result is the same for any number
  ReadProgress progress = {};          // told how far reading is, from the thread that called
};

// Pictures, PNG and JPEG (read_picture), in the folders of `path`: inputs u8 [n, height, width, channels]; a class for
// each folder; the rows are those of image_files. Each picture is brought to the size by the exact mean over areas,
// whatever its proportions were, and turned upright. `files` has their paths. Notes say the size, if it was chosen
// here, which files are no pictures, and name each picture that is broken, which is left out. Memory: the result, and
// for each thread one picture as it is in its file, of at most 10^8 pixels. Errors: those of image_files; pictures all
// of which are broken, or all of a class; a size or a number of channels that cannot be.
Examples load_images(const std::string& path, const ImageOptions& options = {});

// The pictures of a folder, before any is read.
struct ImageFiles {
  std::vector<std::string> paths;    // in the order of the rows
  std::vector<std::int64_t> labels;  // places in `classes`; empty: they have none
  std::vector<std::string> classes;  // the names of the folders
  std::vector<std::string> others;   // files that are no pictures by their first bytes, nor by their names
};
// As torchvision's ImageFolder has them: classes by their names in ascending order of bytes, which of UTF-8 is that of
// code points; the files of a class by folder, then by name, from folders within as well. Links are followed, but not
// round in a circle. Names that begin with a point are passed over. labelled = false: all pictures below `path`, or the
// one that it is. Errors, io: no such folder; no folders or no pictures in it; a class without a picture, or whose name
// is not UTF-8; a folder that image_parts() parts.
ImageFiles image_files(const std::string& path, bool labelled = true);

// A folder train whose folders are the classes, with nothing beside it but val and test, is a split that is already
// made (valid and validation count as val). Each is the path of such a folder, or empty; `train` is empty if `path` is
// no such split.
struct ImageParts {
  std::string train, validation, test;
};
ImageParts image_parts(const std::string& path);

}  // namespace logitape::inline v0
