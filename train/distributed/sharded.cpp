// Parameters lie one behind another, as one long array, which is cut at the ends of rows: rank r has what is between
// edges r and r + 1.
#include "logitape/train/distributed/sharded.h"

#include <algorithm>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0::distributed {
namespace {

struct Rows {
  std::int64_t first, count;
};

std::int64_t rows_of(const Shape& shape) { return shape.rank() == 0 ? 1 : shape[0]; }
std::int64_t width_of(const Shape& shape) { return rows_of(shape) == 0 ? 0 : shape.size() / rows_of(shape); }

class Layout {
 public:
  Layout(const std::vector<Shape>& shapes, const World& world) : shapes_(shapes), rank_(world.rank()) {
    std::int64_t total = 0;
    for (const Shape& shape : shapes) total += shape.size();
    for (int r = 0; r <= world.size(); ++r)
      edges_.push_back(end_of_row(total / world.size() * r + total % world.size() * r / world.size()));
    edges_.back() = total;
  }

  const std::vector<std::int64_t>& edges() const { return edges_; }
  // This rank's rows of parameter i.
  Rows own(std::size_t i) const {
    const std::int64_t begin = begin_of(i), width = std::max<std::int64_t>(width_of(shapes_[i]), 1);
    const auto row = [&](std::int64_t edge) {
      return std::clamp<std::int64_t>((edge - begin) / width, 0, width_of(shapes_[i]) == 0 ? 0 : rows_of(shapes_[i]));
    };
    const auto r = static_cast<std::size_t>(rank_);
    const std::int64_t first = row(std::max(edges_[r], begin));
    return {first, row(std::max(edges_[r + 1], begin)) - first};
  }
  Tensor part(const Tensor& whole, std::size_t i) const {
    const Tensor x = whole.rank() == 0 ? reshape(whole, {1}) : whole;
    Ints first, size;
    for (int r = 0; r < x.rank(); ++r) {
      first.push(r == 0 ? own(i).first : 0);
      size.push(r == 0 ? own(i).count : -1);
    }
    return slice(x, first, size);
  }
  // The wholes of which `parts` are this rank's.
  Tensors whole(World& world, const Tensors& parts) const {
    Tensors flat;
    for (const Tensor& part : parts) flat.push_back(reshape(stop_gradient(part), {part.size()}));
    const Tensor all = world.gather(concat(flat, 0), edges_);
    Tensors wholes;
    for (std::size_t i = 0; i < shapes_.size(); ++i)
      wholes.push_back(reshape(slice(all, {begin_of(i)}, {shapes_[i].size()}), Ints(shapes_[i])));
    return wholes;
  }

 private:
  std::int64_t begin_of(std::size_t i) const {
    std::int64_t begin = 0;
    for (std::size_t k = 0; k < i; ++k) begin += shapes_[k].size();
    return begin;
  }
  // The nearest end of a row.
  std::int64_t end_of_row(std::int64_t element) const {
    std::int64_t begin = 0;
    for (const Shape& shape : shapes_) {
      if (element < begin + shape.size()) {
        const std::int64_t width = width_of(shape);
        return begin + (element - begin + width / 2) / width * width;
      }
      begin += shape.size();
    }
    return begin;
  }

  const std::vector<Shape>& shapes_;
  int rank_;
  std::vector<std::int64_t> edges_;
};

}  // namespace

void Sharded::step(std::span<Parameter* const> parameters, TensorList gradients) {
  constexpr const char* op = "Sharded";
  require(parameters.size() == gradients.size(), op, "{} parameters are given, and {} gradients", parameters.size(),
          gradients.size());
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& value = initialised(op, *parameters[i]);
    require(value.dtype() == parameters[0]->value.dtype(), ErrorCode::unsupported, op,
            "{} is {}, {} is {}: all need one dtype", parameters[0]->name, parameters[0]->value, parameters[i]->name,
            value);
    require(gradients[i].defined() && gradients[i].shape() == value.shape(), op, "{} is {}, its gradient {}",
            parameters[i]->name, value, gradients[i]);
    shapes.push_back(value.shape());
  }
  if (world_->size() == 1) return inner_.step(parameters, gradients);
  if (parameters.empty()) return;
  const Layout layout(shapes, *world_);
  AnyOptimiser next = inner_;
  std::vector<Parameter> boxes;
  std::vector<Parameter*> own;
  Tensors own_gradients, stepped;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    boxes.push_back({parameters[i]->name, variable(layout.part(stop_gradient(parameters[i]->value), i))});
    own_gradients.push_back(layout.part(gradients[i], i));
  }
  for (Parameter& box : boxes) own.push_back(&box);
  next.step(own, own_gradients);
  for (const Parameter& box : boxes) stepped.push_back(box.value);
  Tensors wholes = layout.whole(*world_, stepped);
  for (Tensor& whole : wholes) whole = variable(whole);
  // nothing can fail from here
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i]->value = std::move(wholes[i]);
  inner_ = std::move(next);
  shapes_ = std::move(shapes);
}

// Roles, such as first moments, each of all parameters in their order.
OptimiserState Sharded::state() const {
  OptimiserState whole = inner_.state();
  if (world_->size() == 1 || whole.tensors.empty()) return whole;
  const Layout layout(shapes_, *world_);
  for (std::size_t first = 0; first < whole.tensors.size(); first += shapes_.size()) {
    Tensors parts;
    for (std::size_t i = 0; i < shapes_.size(); ++i) parts.push_back(whole.tensors[first + i].tensor);
    const Tensors of_role = layout.whole(*world_, parts);
    for (std::size_t i = 0; i < shapes_.size(); ++i) whole.tensors[first + i].tensor = of_role[i];
  }
  return whole;
}

void Sharded::set_state(const OptimiserState& state) {
  OptimiserState part = state;
  std::vector<Shape> shapes;
  const auto role = [](const std::string& name) { return name.substr(0, name.find('/')); };
  for (const NamedTensor& t : state.tensors)
    if (role(t.name) == role(state.tensors[0].name)) shapes.push_back(t.tensor.shape());
  if (world_->size() > 1 && !shapes.empty()) {
    const Layout layout(shapes, *world_);
    for (std::size_t i = 0; i < part.tensors.size(); ++i)
      part.tensors[i].tensor = layout.part(part.tensors[i].tensor, i % shapes.size());
  }
  inner_.set_state(part);
  shapes_ = std::move(shapes);
}

}  // namespace logitape::inline v0::distributed
