// Folders of pictures in the place of a file: parts that are already split, names, what is in them.
#pragma once
#include <string>
#include <vector>

#include "train_flags.h"
#include "words.h"

namespace command {

// If the folder of --data is a split that is already made, its parts become the files of the flags, unless those name
// others. The answer says so, for the terminal and the page.
std::vector<Fact> use_parts(TrainFlags& f);
// The part that judges a classifier, test before val, of such a folder; any other path as it is.
std::string part_to_judge(const std::string& path);

// Error: what is to be written would lie in a folder of pictures, and be a class the next time.
void require_outside(const std::string& flag, const std::string& written, const std::string& data);

// The last part of a path, for a title.
std::string title_of(const std::string& path);

// What inspect says of a folder of pictures, and of one picture.
void show_folder(const Fact& called, const std::string& folder);
void show_picture(const Fact& called, const std::string& file);

}  // namespace command
