// Softmax cross entropy of many rows side by side, a row to a lane: where the classes are not the last axis, and where
// they are few. Rows come in tiles, [classes, 64 bytes]; lanes never meet, so the bits of a row do not depend on the
// others of its tile. Sums over the classes are f64 chains in blocks of 256, added in order.
#if defined(LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_COLUMNS_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_COLUMNS_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_COLUMNS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "logitape/backends/cpu/column_passes-inl.h"
#include "logitape/backends/cpu/cross_entropy-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// Arrays marked (c) are [classes, width]; kept tells rows from spare and left-out lanes.
template <class T>
struct ColumnTile {
  static constexpr std::int64_t width = virtual_lanes<T>;
  using Integer = hn::TFromD<hn::RebindToSigned<LaneTag<T>>>;

  T* x;                   // (c) logits
  T* t;                   // (c) dense labels; null with indices
  T* e;                   // (c) marked exponentials, then the gradient; x itself where classes are many
  T* probabilities;       // (c) or null
  T* label_gradient;      // (c) or null; where classes are many it holds the logits at first
  std::uint8_t* special;  // [classes] where there are many: a largest logit of a column or its own class is here
  alignas(64) T kept[width];
  alignas(64) Integer index[width];
  alignas(64) T on[width];  // the label of that index, before its weight
  alignas(64) T loss[width], lse[width];
};

template <class D>
struct ColumnSums {
  LabelSums<WideVec<D>> part[wide_parts<D>];
};

template <class D>
HWY_INLINE ColumnSums<D> column_sums(const Wide<D>& at_max, const Wide<D>& others, const Wide<D>& distance) {
  ColumnSums<D> sums;
  for (int i = 0; i < wide_parts<D>; ++i) sums.part[i] = {at_max.part[i], others.part[i], distance.part[i]};
  return sums;
}

template <class D, class Labels, class T>
HWY_INLINE ColumnSums<D> sum_column_labels(D d, const Labels& labels, hn::Vec<D> max, const T* x,
                                           std::int64_t classes) {
  const Wide<D> wide_max = widen(d, max);
  const auto at_largest = [](auto label, auto largest, auto logit)
                              HWY_ATTR { return hn::IfThenElseZero(hn::Eq(logit, largest), label); };
  const auto elsewhere = [](auto label, auto largest, auto logit)
                             HWY_ATTR { return hn::IfThenZeroElse(hn::Eq(logit, largest), label); };
  const auto product = [](auto label, auto largest, auto logit)
                           HWY_ATTR { return label_distance(WideTag<D>(), label, largest, logit); };
  ChainSum<D> at_max, others, distance;
  for (std::int64_t begin = 0; begin < classes; begin += chain_block) {
    ChainSum<D> at_max_block, others_block, distance_block;
    for (std::int64_t c = begin; c < std::min(classes, begin + chain_block); ++c) {
      const Wide<D> logit = widen(d, hn::LoadU(d, x + c * ColumnTile<T>::width));
      const Wide<D> label = widen(d, labels.load(d, c));
      at_max_block.add(each_part(d, at_largest, label, wide_max, logit));
      others_block.add(each_part(d, elsewhere, label, wide_max, logit));
      distance_block.add(each_part(d, product, label, wide_max, logit));
    }
    at_max.add(at_max_block.total());
    others.add(others_block.total());
    distance.add(distance_block.total());
  }
  return column_sums<D>(at_max.total(), others.total(), distance.total());
}

// The labels of a vector of columns, x and t starting at its first lane.
template <class T>
struct DenseColumns {
  const T* t;

  DenseColumns() = default;
  DenseColumns(const ColumnTile<T>& tile, const LabelCode<T>&, std::int64_t lane) : t(tile.t + lane) {}

  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t c) const {
    return hn::LoadU(d, t + c * ColumnTile<T>::width);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> all_but_own(D d, std::int64_t c, std::int64_t lane) const {
    return hn::LoadU(d, t + c * ColumnTile<T>::width + lane);
  }
  template <class D>
  HWY_INLINE ColumnSums<D> sums(D d, hn::Vec<D> max, const T* x, std::int64_t classes) const {
    return sum_column_labels(d, *this, max, x, classes);
  }
  bool alike() const { return false; }
  static void mark_own(const ColumnTile<T>&) {}
};

template <class T>
struct CodedColumns {
  const typename ColumnTile<T>::Integer* index;
  const T* on;
  T off;
  const T* weights;  // null: ones, or off is 0 and `on` has the weight of its class

  CodedColumns() = default;
  CodedColumns(const ColumnTile<T>& tile, const LabelCode<T>& code, std::int64_t lane)
      : index(tile.index + lane), on(tile.on + lane), off(code.off), weights(code.off == 0 ? nullptr : code.weights) {}

  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t c) const {
    const hn::RebindToSigned<D> di;
    const auto here = hn::Eq(hn::Load(di, index), hn::Set(di, static_cast<typename ColumnTile<T>::Integer>(c)));
    const auto t = hn::IfThenElse(hn::RebindMask(d, here), hn::Load(d, on), hn::Set(d, off));
    return weights ? hn::Mul(t, hn::Set(d, weights[c])) : t;
  }
  // As load, of columns that start `lane` further on, where c is no column's own class.
  template <class D>
  HWY_INLINE hn::Vec<D> all_but_own(D d, std::int64_t c, std::int64_t) const {
    return hn::Set(d, weights ? off * weights[c] : off);
  }
  bool alike() const { return !weights; }  // whether all_but_own is the same for every class
  static void mark_own(const ColumnTile<T>& tile) {
    for (const auto c : tile.index) tile.special[c] = 1;
  }

  template <class D>
  HWY_INLINE ColumnSums<D> sums(D d, hn::Vec<D> max, const T* x, std::int64_t classes) const {
    if (off != 0) return sum_column_labels(d, *this, max, x, classes);
    // one label per column
    constexpr std::int64_t lanes = lanes_of<D>;
    HWY_ALIGN T at_index[lanes];
    for (std::int64_t i = 0; i < lanes; ++i)
      at_index[i] = x[static_cast<std::int64_t>(index[i]) * ColumnTile<T>::width + i];
    const auto logit = hn::Load(d, at_index);
    const auto label = hn::Load(d, on);
    const auto is_max = hn::Eq(logit, max);
    const auto product = [](auto t, auto largest, auto v)
                             HWY_ATTR { return label_distance(WideTag<D>(), t, largest, v); };
    return column_sums<D>(widen(d, hn::IfThenElseZero(is_max, label)), widen(d, hn::IfThenZeroElse(is_max, label)),
                          each_part(d, product, widen(d, label), widen(d, max), widen(d, logit)));
  }
};

template <class D>
struct ColumnGradient {
  Gradient<WideTag<D>> part[wide_parts<D>];

  ColumnGradient() = default;
  HWY_INLINE ColumnGradient(const Columns<D>& columns, const ColumnSums<D>& sums, double scale, bool unit_mass) {
    for (int i = 0; i < wide_parts<D>; ++i)
      part[i] = Gradient<WideTag<D>>(WideTag<D>(), columns.sum[i], sums.part[i], scale, unit_mass);
  }
  HWY_INLINE Wide<D> at_largest(const Wide<D>& t) const {
    Wide<D> g;
    for (int i = 0; i < wide_parts<D>; ++i) g.part[i] = part[i].at_largest(WideTag<D>(), t.part[i]);
    return g;
  }
  HWY_INLINE Wide<D> elsewhere(const Wide<D>& exponential, const Wide<D>& t) const {
    Wide<D> g;
    for (int i = 0; i < wide_parts<D>; ++i)
      g.part[i] = hn::Sub(hn::Mul(exponential.part[i], part[i].weight), hn::Mul(t.part[i], part[i].scale));
    return g;
  }
  HWY_INLINE hn::Vec<D> weight(D d) const {
    Wide<D> w;
    for (int i = 0; i < wide_parts<D>; ++i) w.part[i] = part[i].weight;
    return narrow(d, w);
  }
};

// e holds the marked exponentials of few classes and becomes the gradient. Most vectors hold a largest logit: all is
// f64, rounded once.
template <class D, class Labels, class T>
HWY_INLINE void write_column_gradient(D d, std::int64_t classes, const ColumnGradient<D>& gradient,
                                      const Labels& labels, hn::Mask<D> kept, hn::Mask<D> usable, T* e) {
  const auto zero = hn::Zero(d);
  for (std::int64_t c = 0; c < classes; ++c, e += ColumnTile<T>::width) {
    const auto marked = hn::LoadU(d, e);
    const Wide<D> t = widen(d, labels.load(d, c));
    const auto elsewhere = narrow(d, gradient.elsewhere(widen(d, marked), t));
    const auto g = hn::IfThenElse(hn::Lt(marked, zero), narrow(d, gradient.at_largest(t)), elsewhere);
    hn::StoreU(hn::IfThenElseZero(kept, hn::IfThenElse(usable, g, hn::NaN(d))), d, e);
  }
}

// What is known of a vector of columns once its exponentials are added up.
template <class D, class Labels>
struct ColumnResults {
  using T = hn::TFromD<D>;
  Labels labels;
  ColumnSums<D> sums;
  Columns<D> columns;
  hn::Mask<D> kept;

  HWY_INLINE hn::Vec<D> left_out(hn::Vec<D> y, hn::Vec<D> unusable) const {
    return hn::IfThenElseZero(kept, hn::IfThenElse(columns.usable, y, unusable));
  }
  HWY_INLINE void write_loss(D d, ColumnTile<T>& tile, std::int64_t lane) const {
    Wide<D> loss, lse = widen(d, columns.max);
    for (int i = 0; i < wide_parts<D>; ++i) {
      const auto log_sum = log_sum_of(WideTag<D>(), columns.sum[i]);
      loss.part[i] = loss_of(WideTag<D>(), log_sum, sums.part[i]);
      lse.part[i] = hn::Add(lse.part[i], log_sum);
    }
    hn::Store(left_out(narrow(d, loss), hn::NaN(d)), d, tile.loss + lane);
    hn::Store(left_out(narrow(d, lse), columns.max), d, tile.lse + lane);
  }
  // x may be y.
  HWY_INLINE void write_label_gradient(D d, double scale, std::int64_t classes, const T* x, T* y) const {
    const LabelGradient<D> label_gradient{hn::Set(d, static_cast<T>(scale))};
    const Wide<D> max = widen(d, columns.max);
    Wide<D> log_sum;
    for (int i = 0; i < wide_parts<D>; ++i) log_sum.part[i] = log_sum_of(WideTag<D>(), columns.sum[i]);
    for (std::int64_t c = 0; c < classes; ++c, x += ColumnTile<T>::width, y += ColumnTile<T>::width) {
      const auto g = label_gradient(d, log_probability(d, hn::LoadU(d, x), max, log_sum));
      hn::StoreU(left_out(g, hn::NaN(d)), d, y);
    }
  }
  HWY_INLINE void write_probabilities(D d, const ColumnTile<T>& tile, std::int64_t lane, std::int64_t classes) const {
    const Probability<D> probability = columns.probability();
    for (std::int64_t c = 0; c < classes; ++c) {
      const auto p = probability(d, hn::LoadU(d, tile.e + lane + c * tile.width));
      hn::StoreU(hn::IfThenElseZero(kept, p), d, tile.probabilities + lane + c * tile.width);
    }
  }
};

// A tile of few classes.
template <class Labels, class T>
void cross_entropy_tile(const backends::CrossEntropyArgs& a, const LabelCode<T>& code, ColumnTile<T>& tile,
                        std::int64_t count) {
  using D = LaneTag<T>;
  const D d;
  for (std::int64_t lane = 0; lane < count; lane += lanes_of<D>) {
    const Labels labels(tile, code, lane);
    const T* const x = tile.x + lane;
    T* const e = tile.e + lane;
    const Columns<D> columns = sum_columns<true>(d, x, a.classes, tile.width, lanes_of<D>, e);
    const ColumnResults<D, Labels> r{labels, labels.sums(d, columns.max, x, a.classes), columns,
                                     hn::Ne(hn::Load(d, tile.kept + lane), hn::Zero(d))};
    r.write_loss(d, tile, lane);
    if (tile.probabilities) r.write_probabilities(d, tile, lane, a.classes);
    if (tile.label_gradient) r.write_label_gradient(d, a.scale, a.classes, x, tile.label_gradient + lane);
    if (a.gradient)
      write_column_gradient(d, a.classes, ColumnGradient<D>(columns, r.sums, a.scale, a.unit_mass), labels, r.kept,
                            columns.usable, e);
  }
}

// A tile of many classes, x being e: survey.take, then compute, then write_gradient.
template <class Labels, class T>
struct TallTile : ColumnTile<T> {
  using D = LaneTag<T>;
  static constexpr std::int64_t vectors = vectors_of<T>, lanes = lanes_of<D>, width = ColumnTile<T>::width;

  ColumnSurvey<T> survey;
  ColumnResults<D, Labels> results[vectors];
  ColumnGradient<D> gradient[vectors];
  bool all_special;

  // along(c) is called for each span.
  template <class Along>
  void compute(const backends::CrossEntropyArgs& a, const LabelCode<T>& code, const Along& along) {
    const D d;
    std::fill(this->special, this->special + a.classes, std::uint8_t{0});
    Labels::mark_own(*this);
    for (std::int64_t v = 0; v < vectors; ++v) {
      auto& r = results[v];
      r.labels = Labels(*this, code, v * lanes);
      r.sums = r.labels.sums(d, survey.max[v], this->x + v * lanes, a.classes);
      r.kept = hn::Ne(hn::Load(d, this->kept + v * lanes), hn::Zero(d));
    }
    Columns<D> columns[vectors];
    sum_surveyed_columns(survey, this->e, a.classes, this->special, along, columns);
    all_special = false;
    for (std::int64_t v = 0; v < vectors; ++v) {
      auto& r = results[v];
      r.columns = columns[v];
      r.write_loss(d, *this, v * lanes);
      if (this->probabilities) r.write_probabilities(d, *this, v * lanes, a.classes);
      T* const y = this->label_gradient ? this->label_gradient + v * lanes : nullptr;
      if (y) r.write_label_gradient(d, a.scale, a.classes, y, y);
      gradient[v] = ColumnGradient<D>(r.columns, r.sums, a.scale, a.unit_mass);
      all_special = all_special || !hn::AllTrue(d, hn::And(r.kept, r.columns.usable));
    }
  }

  // Line by line, `step` apart: one formula, and more of it at special classes.
  template <bool past_cache>
  void write_gradient(const backends::CrossEntropyArgs& a, T* to, std::int64_t step) const {
    const D d;
    const std::int64_t classes = a.classes;
    const auto minus_scale = hn::Set(d, static_cast<T>(-a.scale));
    hn::Vec<D> weight[vectors];
    for (std::int64_t v = 0; v < vectors; ++v) weight[v] = gradient[v].weight(d);
    const Labels labels = results[0].labels;
    const bool alike = labels.alike();
    const auto any = labels.all_but_own(d, 0, 0);
    const T* const exponentials = this->e;
    const std::uint8_t* const marks = this->special;
    for (std::int64_t c = 0; c < classes; ++c, to += step) {
      const bool is_special = all_special || marks[c];
      for (std::int64_t v = 0; v < vectors; ++v) {  // a line leaves as a whole
        const auto marked = hn::Load(d, exponentials + c * width + v * lanes);
        const auto label = alike || is_special ? any : labels.all_but_own(d, c, v * lanes);
        const auto g = is_special ? special_gradient(c, v, marked, weight[v], minus_scale)
                                  : gradient_elsewhere<D>(marked, weight[v], label, minus_scale);
        if constexpr (past_cache) hn::Stream(g, d, to + v * lanes);
        else hn::StoreU(g, d, to + v * lanes);
      }
    }
  }

 private:
  HWY_INLINE hn::Vec<D> special_gradient(std::int64_t c, std::int64_t v, hn::Vec<D> marked, hn::Vec<D> weight,
                                         hn::Vec<D> minus_scale) const {
    const D d;
    const auto zero = hn::Zero(d), label = results[v].labels.load(d, c);
    const auto is_max = hn::Lt(marked, zero);
    auto g = gradient_elsewhere<D>(hn::Max(marked, zero), weight, label, minus_scale);
    if (!hn::AllFalse(d, is_max)) g = hn::IfThenElse(is_max, narrow(d, gradient[v].at_largest(widen(d, label))), g);
    return results[v].left_out(g, hn::NaN(d));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
