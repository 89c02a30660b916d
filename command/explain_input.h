// The numbers of explain: typed, or a row of a file.
#pragma once
#include <logitape.h>

#include "explain_flags.h"

namespace command {

namespace lt = logitape;

struct ExplainInput {
  lt::Tensor logits, labels;
  lt::ExplainOptions options;
};

// All of it. Throws std::invalid_argument or logitape::Error, each with a sentence.
ExplainInput input_of(const ExplainFlags& f);

}  // namespace command
