// An ONNX graph as it is put together: inputs, nodes, constants, outputs, each under a name of its own. Field numbers
// and types: onnx/onnx.proto at https://github.com/onnx/onnx. Not installed.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/files/detail/protobuf.h"

namespace logitape::inline v0::onnx {

// TensorProto.DataType, as far as graphs have it here.
enum class Element { f32 = 1, i64 = 7, text = 8, f64 = 11 };

// An extent: a number, or a name where any will do.
using Extent = std::variant<std::int64_t, std::string>;
using Extents = std::vector<Extent>;

struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, std::vector<std::int64_t>, std::vector<std::string>> value;
};

using Value = std::string;  // what a node makes or takes, by its name in the graph

// Names that are wanted twice get a number behind them. Errors: a name that is not UTF-8 or has a zero byte; constants
// of more than 2 GiB, which no protocol buffer holds.
class Graph {
 public:
  // reserved: names that only a node's result may have.
  explicit Graph(const char* op, std::set<std::string> reserved) : op_(op), taken_(std::move(reserved)) {}

  Value input(const std::string& name, Element element, const Extents& extents, std::string_view about = {});
  Value constant(const std::string& name, const Tensor& value);  // f32, f64 or i64
  Value texts(const std::string& name, std::span<const std::string> values);
  // domain: "" is ONNX's own. result: a reserved name; else one is made.
  Value node(const char* type, const std::vector<Value>& inputs, const std::vector<Attribute>& attributes = {},
             const char* domain = "", const std::string& result = {});
  void output(const Value& value, Element element, const Extents& extents, std::string_view about);

  // The whole model: opset 17, IR version 8. metadata: names and texts.
  std::string model(const std::string& name, const std::string& about,
                    std::span<const std::pair<std::string, std::string>> metadata) const;

 private:
  std::string unique(const std::string& name);

  const char* op_;
  std::set<std::string> taken_, domains_;
  std::uint64_t bytes_ = 0;
  std::vector<protobuf::Message> nodes_, constants_, inputs_, outputs_;
};

// Text of a protocol buffer, or of what is read as C's: UTF-8 without a zero byte. Error: it is not; `what` names it.
const std::string& checked_text(const char* op, const char* what, const std::string& text);

}  // namespace logitape::inline v0::onnx
