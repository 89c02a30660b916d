// The one exception of the library: a code to branch on, the op that refused, and a sentence with both values.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace logitape::inline v0 {

// What kind of refusal it is, for programs that react to each in their own way.
enum class ErrorCode { invalid_argument, out_of_range, unsupported, not_differentiable, io, device, out_of_memory };

std::string_view name(ErrorCode code);  // "invalid_argument", ...

// what() reads "op: sentence", for example
// "softmax_cross_entropy_with_logits: labels [2,4] do not broadcast to logits [2,3]".
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view op, std::string_view sentence);

  // The same error, with the place where it arose behind the op: "linear (layer 2 of Sequential): ...".
  Error within(std::string_view where) const;

  ErrorCode code() const noexcept { return code_; }
  std::string_view op() const noexcept { return {what(), op_length_}; }

 private:
  Error(ErrorCode code, const std::string& what, std::size_t op_length)
      : std::runtime_error(what), code_(code), op_length_(op_length) {}

  ErrorCode code_;
  std::size_t op_length_;
};

}  // namespace logitape::inline v0
