// Where gradients do not flow: inputs that are not reached, NoGrad, stop_gradient; and backward(), which adds into the
// slots of leaves.
#include <doctest/doctest.h>

#include <thread>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace engine_test;

TEST_SUITE("unreached") {
  TEST_CASE("an input that y does not reach is an error that names it") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({{1.f}, {2.f}, {3.f}}));
    const auto e = error_of([&] { grad(sum(x * 2), {x, w}); });
    REQUIRE(e);
    CHECK(e->code() == ErrorCode::not_differentiable);
    CHECK(e->op() == "grad");
    CHECK(has(*e, "f32 [] was not computed from input 1 (f32 [3,1], made by variable)"));
    CHECK(has(*e, "Unreached::zero"));
    CHECK_FALSE(has(*e, "cuts a path"));
  }

  TEST_CASE("the error names the op that cut the path on the way") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({3.f, 4.f}));
    const auto stopped = error_of([&] { grad(sum(stop_gradient(w * 3) * x), {w}); });
    REQUIRE(stopped);
    CHECK(has(*stopped, "stop_gradient cuts a path on the way"));
    const auto named = error_of([&] { grad(sum(cut_gradient("softmax_of_v1", w) * 3 * x), {w}); });
    REQUIRE(named);
    CHECK(has(*named, "softmax_of_v1 cuts a path on the way"));
    // there is no other path at all
    const auto alone = error_of([&] { grad(sum(stop_gradient(w) * 3), {w}); });
    REQUIRE(alone);
    CHECK(has(*alone, "does not depend on any variable"));
    CHECK(has(*alone, "stop_gradient cuts its path"));
  }

  TEST_CASE("Unreached::zero gives zeros of the input's shape and dtype") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({{1.0}, {2.0}}));
    const auto g = grad(sum(x * 2), {w, x}, {.unreached = Unreached::zero});
    CHECK(g[0].shape() == Shape{2, 1});
    CHECK(g[0].dtype() == DType::f64);
    CHECK(values(g[0]) == Values{0, 0});
    CHECK(values(g[1]) == Values{2, 2});
    CHECK_FALSE(g[0].requires_grad());
  }
}

TEST_SUITE("backward") {
  TEST_CASE("it adds into the leaves' slots, and again when called again") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor y = sum(x * x);
    CHECK_FALSE(x.grad().has_value());
    y.backward();
    CHECK(values(*x.grad()) == Values{2, 4});
    y.backward();
    CHECK(values(*x.grad()) == Values{4, 8});
    sum(x * 10).backward();
    CHECK(values(*x.grad()) == Values{14, 18});
  }

  TEST_CASE("a leaf that is not reached keeps an empty slot") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({3.f, 4.f}));
    sum(x * stop_gradient(w)).backward();
    CHECK(values(*x.grad()) == Values{3, 4});
    CHECK_FALSE(w.grad().has_value());
  }

  TEST_CASE("a gradient taken from a slot stays as it was when more is added") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor y = sum(x * 3);
    y.backward();
    const Tensor first = *x.grad();
    y.backward();
    CHECK(values(first) == Values{3, 3});
    CHECK(values(*x.grad()) == Values{6, 6});
    CHECK_FALSE(x.grad()->requires_grad());
  }

  TEST_CASE("a leaf differentiated by itself gets one") {
    const Tensor x = variable(tensor(5.f));
    x.backward();
    CHECK(values(*x.grad()) == Values{1});
  }

  TEST_CASE("a new leaf of the same values has a slot of its own") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    sum(x * 3).backward();
    CHECK_FALSE(variable(x).grad().has_value());
    CHECK(x.grad().has_value());
  }

  TEST_CASE("what has no slot, and what is no scalar, is refused by name") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const auto slot = error_of([&] { (x * 2).grad(); });
    REQUIRE(slot);
    CHECK(slot->code() == ErrorCode::not_differentiable);
    CHECK(has(*slot, "f32 [2] is not a leaf"));
    CHECK(has(*error_of([&] { (x * 2).backward(); }), "has 2 elements"));
    CHECK(has(*error_of([&] { tensor(1.f).backward(); }), "does not depend on any variable"));
    CHECK(error_of([&] { Tensor().backward(); }));
    CHECK_FALSE(x.grad().has_value());
  }

  TEST_CASE("A16: a pass that meets a leaf another pass writes into is an error by name, and writes nothing") {
    const Tensor a = variable(tensor({1.f, 2.f})), b = variable(tensor({3.f, 4.f}));
    const Tensor y = sum(a * b);
    y.backward();
    auto* slot = static_cast<GradientSlot*>(b.node()->captures());
    slot->busy = true;  // as another thread's pass would, between the first sum and the last write
    const auto e = error_of([&] { y.backward(); });
    slot->busy = false;
    REQUIRE(e);
    CHECK(e->op() == "backward");
    CHECK(has(*e, "two passes add into one leaf (f32 [2]) at once"));
    CHECK(values(*a.grad()) == Values{3, 4});
    CHECK(values(*b.grad()) == Values{1, 2});
    y.backward();  // the pass that failed has given back the slots it held
    CHECK(values(*a.grad()) == Values{6, 8});
  }
}

TEST_SUITE("NoGrad and stop_gradient") {
  TEST_CASE("while a NoGrad lives nothing is recorded, and they nest") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Alive before;
    {
      const NoGrad outer;
      CHECK_FALSE(grad_enabled());
      {
        const NoGrad inner;
        CHECK_FALSE((x * 2).requires_grad());
      }
      CHECK_FALSE((x * 2).requires_grad());
      CHECK(live_nodes() == before.nodes);
    }
    CHECK(grad_enabled());
    CHECK((x * 2).requires_grad());
    CHECK(Alive{} == before);
  }

  TEST_CASE("an exception that leaves a NoGrad switches recording on again") {
    try {
      const NoGrad guard;
      throw 1;
    } catch (int) {
    }
    CHECK(grad_enabled());
  }

  TEST_CASE("a NoGrad is its own thread's business") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const NoGrad guard;
    bool elsewhere = false;
    std::thread([&] { elsewhere = (x * 2).requires_grad(); }).join();
    CHECK(elsewhere);
    CHECK_FALSE((x * 2).requires_grad());
  }

  TEST_CASE("variables made under NoGrad are leaves for later") {
    Tensor w;
    {
      const NoGrad guard;
      w = variable(tensor({2.f}));
    }
    CHECK(values(grad(sum(w * w), {w})[0]) == Values{4});
  }

  TEST_CASE("stop_gradient hands on the values and nothing else") {
    const Tensor x = variable(tensor({2.f, 3.f}));
    const Tensor s = stop_gradient(x);
    CHECK(same_bits(s, x));
    CHECK_FALSE(s.requires_grad());
    CHECK(values(grad(sum(s * x), {x})[0]) == Values{2, 3});  // s counts as a constant
    const Tensor c = tensor({1.f});
    CHECK(stop_gradient(c).data() == c.data());
  }

  TEST_CASE("a cut holds no past") {
    const Alive before;
    {
      Tensor s;
      {
        const Tensor x = variable(tensor({2.f, 3.f}));
        s = stop_gradient(exp(x * 2) * x);
      }
      CHECK(live_nodes() == before.nodes + 1);
    }
    CHECK(Alive{} == before);
  }
}
