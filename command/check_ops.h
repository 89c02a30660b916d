// The ops that check knows by name: how each is called, and on what inputs.
#pragma once
#include <logitape.h>

#include <string>
#include <vector>

namespace command {

namespace lt = logitape;

// An input of random numbers between two bounds, or of random indices.
struct CheckedInput {
  enum class Shaped { own, as_first, as_rows };  // as_rows: the first input's shape without its last axis
  std::string name;
  Shaped shaped = Shaped::as_first;
  lt::Shape shape = {};  // for `own`, unless the user gives another
  double low = -2, high = 2;
  bool index = false;
  int of = 0, axis = -1;  // an index is below the extent of that axis of that input
};

struct CheckedOp {
  std::string name;
  std::vector<CheckedInput> inputs;
  lt::TensorFunction call;
};

struct OpGroup {
  const char* title;
  std::vector<CheckedOp> ops;
};

const std::vector<OpGroup>& checked_ops();
// Throws std::invalid_argument if there is no such op.
CheckedOp op_called(const std::string& name);
// The shape of each input: as given, or as it follows from the first one, or as in the table. Throws
// std::invalid_argument if too many are given.
std::vector<lt::Shape> shapes_of(const CheckedOp& op, const std::vector<lt::Shape>& given);
// Random inputs of these shapes.
std::vector<lt::Tensor> inputs_for(const CheckedOp& op, const std::vector<lt::Shape>& shapes, lt::DType dtype,
                                   std::uint64_t seed, lt::Device device);

}  // namespace command
