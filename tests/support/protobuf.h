// Protocol buffers as they are in a file, read without knowing what they mean; and an ONNX model read from them.
#pragma once
#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logitape::tests {

// The fields of a message: numbers (varints), and bytes of all else, in the order of the message.
struct Fields {
  explicit Fields(std::string_view from) {
    while (!from.empty()) {
      const std::uint64_t key = varint(from);
      const auto number = static_cast<int>(key >> 3);
      if ((key & 7) == 0) {
        numbers[number].push_back(static_cast<std::int64_t>(varint(from)));
        continue;
      }
      REQUIRE(((key & 7) == 1 || (key & 7) == 2 || (key & 7) == 5));
      const std::uint64_t size = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : varint(from);
      REQUIRE(size <= from.size());
      texts[number].emplace_back(from.substr(0, size));
      from.remove_prefix(size);
    }
  }
  std::int64_t number(int field, std::int64_t otherwise = 0) const {
    return numbers.contains(field) ? numbers.at(field).back() : otherwise;
  }
  std::string text(int field) const { return texts.contains(field) ? texts.at(field).back() : ""; }
  std::vector<std::string> all(int field) const {
    return texts.contains(field) ? texts.at(field) : std::vector<std::string>();
  }
  std::vector<Fields> messages(int field) const {
    std::vector<Fields> inner;
    for (const std::string& bytes : all(field)) inner.emplace_back(bytes);
    return inner;
  }

  std::map<int, std::vector<std::int64_t>> numbers;
  std::map<int, std::vector<std::string>> texts;

 private:
  static std::uint64_t varint(std::string_view& from) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      REQUIRE((!from.empty() && shift < 64));
      const auto byte = static_cast<unsigned char>(from.front());
      from.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
};

// Field numbers: onnx/onnx.proto.
struct OnnxNode {
  std::string type, domain;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, std::vector<std::int64_t>> integers;  // attributes, a single one as a list of one
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, float> reals;
};
struct OnnxConstant {
  std::int64_t type;
  std::vector<std::int64_t> extents;
  std::vector<std::string> texts;
  std::string raw;
  template <class T>
  std::vector<T> as() const {
    std::vector<T> values(raw.size() / sizeof(T));
    if (!raw.empty()) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
};
struct OnnxValue {
  std::string name, about;
  std::int64_t type;
  std::vector<std::string> extents;  // "batch", "3"
};

struct OnnxModel {
  explicit OnnxModel(const std::string& bytes) {
    const Fields model(bytes);
    ir_version = model.number(1);
    about = model.text(6);
    for (const Fields& o : model.messages(8)) opsets[o.text(1)] = o.number(2);
    for (const Fields& p : model.messages(14)) metadata[p.text(1)] = p.text(2);
    const Fields graph(model.text(7));
    name = graph.text(2);
    for (const Fields& n : graph.messages(1)) nodes.push_back(node_of(n));
    for (const Fields& t : graph.messages(5))
      constants.emplace(t.text(8), OnnxConstant{t.number(2), extents_of(t), t.all(6), t.text(9)});
    REQUIRE(constants.size() == graph.all(5).size());
    for (const Fields& v : graph.messages(11)) inputs.push_back(value_of(v));
    for (const Fields& v : graph.messages(12)) outputs.push_back(value_of(v));
  }

  std::vector<std::string> types() const {
    std::vector<std::string> all;
    for (const OnnxNode& n : nodes) all.push_back(n.type);
    return all;
  }
  const OnnxNode& node(const std::string& type) const {
    for (const OnnxNode& n : nodes)
      if (n.type == type) return n;
    FAIL("there is no " << type);
    return nodes.front();
  }
  const OnnxConstant& constant(const std::string& constant) const {
    REQUIRE_MESSAGE(constants.contains(constant), constant);
    return constants.at(constant);
  }

  // Every name is given once, before it is used; the outputs are made; every domain is declared.
  void check_whole() const {
    std::set<std::string> known;
    const auto make = [&](const std::string& made) {
      CAPTURE(made);
      CHECK_FALSE(made.empty());
      CHECK(known.insert(made).second);
    };
    for (const auto& [constant, value] : constants) make(constant);
    for (const OnnxValue& v : inputs) make(v.name);
    for (const OnnxNode& n : nodes) {
      CHECK(opsets.contains(n.domain));
      for (const std::string& input : n.inputs) CHECK_MESSAGE(known.contains(input), input);
      for (const std::string& output : n.outputs) make(output);
    }
    for (const OnnxValue& v : outputs) CHECK(known.contains(v.name));
  }

  std::int64_t ir_version;
  std::string name, about;
  std::map<std::string, std::int64_t> opsets;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxConstant> constants;
  std::vector<OnnxValue> inputs, outputs;

 private:
  static std::vector<std::int64_t> extents_of(const Fields& tensor) {
    return tensor.numbers.contains(1) ? tensor.numbers.at(1) : std::vector<std::int64_t>();
  }
  static OnnxNode node_of(const Fields& n) {
    OnnxNode node{n.text(4), n.text(7), n.all(1), n.all(2), {}, {}, {}};
    for (const Fields& a : n.messages(5)) {
      const std::string attribute = a.text(1);
      switch (a.number(20)) {
        case 1: std::memcpy(&node.reals[attribute], a.text(2).data(), 4); break;
        case 2: node.integers[attribute] = {a.number(3)}; break;
        case 7: node.integers[attribute] = a.numbers.at(8); break;
        default: node.texts[attribute] = a.all(9);
      }
    }
    return node;
  }
  static OnnxValue value_of(const Fields& v) {
    const Fields type(Fields(v.text(2)).text(1));
    OnnxValue value{v.text(1), v.text(3), type.number(1), {}};
    for (const Fields& d : Fields(type.text(2)).messages(1))
      value.extents.push_back(d.numbers.contains(1) ? std::to_string(d.number(1)) : d.text(2));
    return value;
  }
};

}  // namespace logitape::tests
