// Whether all ranks are well. Each tells rank 0 that it has come, or what went wrong there, and rank 0 answers all: so
// it can name who does not come.
#pragma once
#include <string>
#include <string_view>

#include "logitape/core/error.h"
#include "logitape/train/distributed/detail/messages.h"

namespace logitape::inline v0::distributed::detail {

// What a rank has thrown; an empty text: nothing.
struct Trouble {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string text = {};
};

// The trouble of the first rank that has one, the same in every rank. `rank` is -1 if every rank has the same. `any`:
// whether one of them has raised its flag.
struct Verdict {
  int rank = 0;
  Trouble trouble = {};
  bool any = false;
};

Verdict agree(Messages& messages, std::string_view place, const Trouble& own, bool flag = false);

// Whether `text` is that of rank 0 in every rank: the sentence about the first that differs, in rank 0; else "".
std::string difference(Messages& messages, std::string_view what, const std::string& text);

}  // namespace logitape::inline v0::distributed::detail
