// Each part as the message that onnx.proto has for it; fields that are the default are not written.
#include "logitape/train/export/detail/onnx_graph.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include "logitape/core/detail/require.h"
#include "logitape/core/version.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::onnx {
namespace {

using protobuf::Message;

constexpr std::int64_t ir_version = 8, opset = 17, ml_opset = 3;  // of ONNX 1.12
constexpr std::uint64_t most_bytes = std::numeric_limits<std::int32_t>::max();

// ValueInfoProto { string name = 1; TypeProto type = 2; string doc_string = 3; }, TypeProto { Tensor tensor_type = 1;
// }, Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }, TensorShapeProto { repeated Dimension dim = 1; },
// Dimension { int64 dim_value = 1; string dim_param = 2; }
Message value_info(const std::string& name, Element element, const Extents& extents, std::string_view about) {
  Message shape;
  for (const Extent& e : extents) {
    Message dimension;
    if (const auto* number = std::get_if<std::int64_t>(&e)) dimension.integer(1, *number);
    else dimension.text(2, std::get<std::string>(e));
    shape.message(1, dimension);
  }
  Message tensor, info;
  tensor.integer(1, static_cast<std::int64_t>(element)).message(2, shape);
  info.text(1, name).message(2, Message().message(1, tensor));
  if (!about.empty()) info.text(3, about);
  return info;
}

// AttributeProto { string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; repeated bytes strings = 9;
// AttributeType type = 20; }, FLOAT = 1, INT = 2, INTS = 7, STRINGS = 8
Message attribute(const Attribute& a) {
  Message m;
  m.text(1, a.name);
  if (const auto* i = std::get_if<std::int64_t>(&a.value)) m.integer(3, *i).integer(20, 2);
  else if (const auto* f = std::get_if<float>(&a.value)) m.f32(2, *f).integer(20, 1);
  else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&a.value)) {
    for (const std::int64_t each : *ints) m.integer(8, each);
    m.integer(20, 7);
  } else {
    for (const std::string& each : std::get<std::vector<std::string>>(a.value)) m.text(9, each);
    m.integer(20, 8);
  }
  return m;
}

Element element_of(DType dtype) {
  return dtype == DType::f32 ? Element::f32 : dtype == DType::f64 ? Element::f64 : Element::i64;
}

}  // namespace

const std::string& checked_text(const char* op, const char* what, const std::string& text) {
  require(data::is_utf8(text), op, "{} \"{}\" is not UTF-8, which ONNX needs", what, text);
  require(text.find('\0') == std::string::npos, op, "{} \"{}\" has a zero byte, where C's texts end", what,
          text.substr(0, text.find('\0')));
  return text;
}

std::string Graph::unique(const std::string& name) {
  std::string free = checked_text(op_, "the name", name);
  for (int i = 2; free.empty() || !taken_.insert(free).second; ++i) free = fmt::format("{}_{}", name, i);
  return free;
}

Value Graph::input(const std::string& name, Element element, const Extents& extents, std::string_view about) {
  Value input = unique(name);
  inputs_.push_back(value_info(input, element, extents, about));
  return input;
}

// TensorProto { repeated int64 dims = 1; int32 data_type = 2; repeated bytes string_data = 6; string name = 8; bytes
// raw_data = 9; }
Value Graph::constant(const std::string& name, const Tensor& value) {
  const Tensor t = value.to(Device::cpu());
  Message tensor;
  for (const std::int64_t extent : t.shape()) tensor.integer(1, extent);
  const std::size_t bytes = static_cast<std::size_t>(t.size()) * byte_size(t.dtype());
  bytes_ += bytes;
  require(bytes_ < most_bytes, ErrorCode::unsupported, op_,
          "the weights have {} bytes up to \"{}\"; an ONNX file is a protocol buffer, which holds {}", bytes_, name,
          most_bytes);
  Value constant = unique(name);
  tensor.integer(2, static_cast<std::int64_t>(element_of(t.dtype())))
      .text(8, constant)
      .text(9, {static_cast<const char*>(t.data()), bytes});
  constants_.push_back(std::move(tensor));
  return constant;
}

Value Graph::texts(const std::string& name, std::span<const std::string> values) {
  Message tensor;
  tensor.integer(1, static_cast<std::int64_t>(values.size())).integer(2, static_cast<std::int64_t>(Element::text));
  for (const std::string& text : values) tensor.text(6, text);
  Value constant = unique(name);
  constants_.push_back(std::move(tensor.text(8, constant)));
  return constant;
}

// NodeProto { repeated string input = 1, output = 2; string name = 3, op_type = 4; repeated AttributeProto attribute =
// 5; string domain = 7; }
Value Graph::node(const char* type, const std::vector<Value>& inputs, const std::vector<Attribute>& attributes,
                  const char* domain, const std::string& result) {
  Value output = result.empty() ? unique(fmt::format("{}_{}", type, nodes_.size())) : result;
  Message node;
  for (const Value& input : inputs) node.text(1, input);
  node.text(2, output).text(3, output).text(4, type);
  for (const Attribute& a : attributes) node.message(5, attribute(a));
  if (*domain != '\0') node.text(7, domain);
  domains_.insert(domain);
  nodes_.push_back(std::move(node));
  return output;
}

void Graph::output(const Value& value, Element element, const Extents& extents, std::string_view about) {
  outputs_.push_back(value_info(value, element, extents, about));
}

// GraphProto { repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5; repeated
// ValueInfoProto input = 11, output = 12; }
// ModelProto { int64 ir_version = 1; string producer_name = 2, producer_version = 3; string doc_string = 6; GraphProto
// graph = 7; repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14; },
// OperatorSetIdProto { string domain = 1; int64 version = 2; }, StringStringEntryProto { string key = 1, value = 2; }
std::string Graph::model(const std::string& name, const std::string& about,
                         std::span<const std::pair<std::string, std::string>> metadata) const {
  Message graph, model;
  for (const Message& node : nodes_) graph.message(1, node);
  graph.text(2, name);
  for (const Message& tensor : constants_) graph.message(5, tensor);
  for (const Message& input : inputs_) graph.message(11, input);
  for (const Message& output : outputs_) graph.message(12, output);
  model.integer(1, ir_version).text(2, "logitape").text(3, LOGITAPE_VERSION);
  if (!about.empty()) model.text(6, about);
  model.message(7, graph);
  for (const std::string& domain : domains_)
    model.message(8, Message().text(1, domain).integer(2, domain.empty() ? opset : ml_opset));
  for (const auto& [key, value] : metadata) model.message(14, Message().text(1, key).text(2, value));
  require(model.bytes().size() <= most_bytes, ErrorCode::unsupported, op_,
          "the model has {} bytes; an ONNX file is a protocol buffer, which holds {}", model.bytes().size(),
          most_bytes);
  return model.bytes();
}

}  // namespace logitape::inline v0::onnx
