// What predict and evaluate share: the classifier, and rows that are read as those of its training were.
#pragma once
#include <stdexcept>
#include <string>

#include "data.h"
#include "standard_input.h"

namespace command {

// Errors: a model or a file that is not named.
void require_named(const UseFlags& f, const char* command);

// The classifier of the flags, on their device.
lt::Classifier classifier_of(const UseFlags& f);

// As the rows of training were read, except for what the flags say.
lt::LoadOptions how_to_read(const lt::Classifier& classifier, const DataFlags& data, bool labelled);

// The result of `use` for the rows of a file; its errors then name the file.
template <class F>
auto of_rows(const std::string& path, const F& use) {
  try {
    return use();
  } catch (const lt::Error& error) {
    throw std::runtime_error(displayed(path) + ": " + sentence_of(error));
  }
}

}  // namespace command
