// What happens when the library is asked for something it cannot do: the code and the whole message of every row of
// mistakes.h, and right after it a call that works. Nothing may be left on the tape by the call that failed.
#include <doctest/doctest.h>

#include <set>

#include "logitape/autograd/node.h"
#include "tests/errors/mistakes.h"

namespace logitape::tests {
namespace {

void check(const std::vector<Mistake>& rows) {
  for (const Mistake& m : rows) {
    INFO(m.message);
    const std::int64_t nodes = live_nodes();
    bool thrown = false;
    try {
      m.bad();
    } catch (const Error& e) {
      thrown = true;
      CHECK(std::string(e.what()) == m.message);
      CHECK(name(e.code()) == name(m.code));
      CHECK(e.op() == m.message.substr(0, m.message.find(": ")));
    }
    CHECK_MESSAGE(thrown, "no error was thrown");
    CHECK(live_nodes() == nodes);
    CHECK(m.good());
    CHECK(live_nodes() == nodes);
  }
}

TEST_CASE("a wrong dtype, or two that differ, is an error that names the op, the argument and the dtypes") {
  check(dtype_mistakes());
}
TEST_CASE("a wrong shape, axis, index or number is an error that names the op and both values") {
  check(shape_mistakes());
  check(arrangement_mistakes());
}
TEST_CASE("a subscript outside its axis, or one axis too many, is refused by name, extent and shape") {
  check(indexing_mistakes());
}
TEST_CASE("integers beside what would cut them or be cut by them are refused with what to write") {
  check(integer_mistakes());
}
TEST_CASE("an empty tensor is refused by name, wherever it is handed in") { check(empty_mistakes()); }
TEST_CASE("every entry of the loss family says what is wrong with its labels or its logits") { check(loss_mistakes()); }
TEST_CASE("options that contradict a call or each other are refused by name") { check(option_mistakes()); }
TEST_CASE("the cross-entropy's relatives say what is wrong with their arguments") { check(relatives_mistakes()); }
TEST_CASE("linear algebra says which shapes do not meet, and which column or minor has no pivot") {
  check(linear_algebra_mistakes());
}
TEST_CASE("convolution, pooling, normalisation, embedding and their layers say what does not fit") {
  check(layer_mistakes());
}
TEST_CASE("derivatives as functions say what does not fit together") { check(derivative_mistakes()); }
TEST_CASE("misuse of the tape is an error that says what to do instead") { check(tape_mistakes()); }
TEST_CASE("threads, devices and kernels that are not there are errors by name") { check(machine_mistakes()); }

TEST_CASE("the error table's size") {
  std::set<std::string> messages;
  std::size_t count = 0;
  for (const auto* rows :
       {&dtype_mistakes(), &shape_mistakes(), &arrangement_mistakes(), &indexing_mistakes(), &integer_mistakes(),
        &empty_mistakes(), &loss_mistakes(), &option_mistakes(), &relatives_mistakes(), &linear_algebra_mistakes(),
        &layer_mistakes(), &derivative_mistakes(), &tape_mistakes(), &machine_mistakes()})
    for (const Mistake& m : *rows) {
      messages.insert(m.message);
      ++count;
    }
  MESSAGE("error table: ", count, " mistakes, ", messages.size(), " different messages");
  CHECK(messages.size() >= 70);
}

TEST_CASE("a backward that fails leaves every slot as it was, and the next one works") {
  const Tensor x = variable(f32({2})), y = variable(f32({2}));
  sum(x).backward();
  const Tensor bad = with_rule(y, [](const Node&, const Cotangents&) { return Tensors{f32({3})}; });
  CHECK_THROWS_AS(sum(x * bad).backward(), Error);
  CHECK(x.grad()->to_vector<float>() == std::vector<float>{1, 1});
  CHECK_FALSE(y.grad());
  sum(x * y).backward();
  CHECK(x.grad()->to_vector<float>() == std::vector<float>{2, 2});
  CHECK(y.grad()->to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("where a number is refused no random numbers are drawn") {
  Generator rng{7};
  CHECK_THROWS_AS(randn({2}, rng, DType::i32), Error);
  CHECK_THROWS_AS(dropout(f32({2}), 1, rng), Error);
  CHECK(rng.position() == 0);
}

}  // namespace
}  // namespace logitape::tests
