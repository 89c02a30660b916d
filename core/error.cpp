// How an error's text is put together, and the names of its codes.
#include "logitape/core/error.h"

namespace logitape::inline v0 {
namespace {

std::string joined(std::string_view op, std::string_view sentence) {
  std::string text;
  text.reserve(op.size() + 2 + sentence.size());
  return text.append(op).append(": ").append(sentence);
}

}  // namespace

Error::Error(ErrorCode code, std::string_view op, std::string_view sentence)
    : std::runtime_error(joined(op, sentence)), code_(code), op_length_(op.size()) {}

Error Error::within(std::string_view where) const {
  std::string text = what();
  text.insert(op_length_, std::string(" (").append(where).append(")"));
  return Error(code_, text, op_length_);
}

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::not_differentiable: return "not_differentiable";
    case ErrorCode::io: return "io";
    case ErrorCode::device: return "device";
    case ErrorCode::out_of_memory: return "out_of_memory";
  }
  return "unknown";
}

}  // namespace logitape::inline v0
