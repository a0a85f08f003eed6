// The loops around the instructions of a kernel: the work between two tiles, two steps, two rows.
#include <algorithm>
#include <cstring>
#include <limits>

#include "kernel/kernelProgram.hpp"

namespace spikeward {
namespace {

template <class F>
void withElement(DType dtype, F f) {
  switch (dtype) {
    case DType::f32: return f(float());
    case DType::f64: return f(double());
    case DType::i32: return f(int32_t());
    default: return f(uint32_t());
  }
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SPIKEWARD_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SPIKEWARD_CLONES
#endif

// Repeats the first `length` of `total` elements.
template <class T>
void repeat(T* row, int64_t length, int64_t total) {
  for (int64_t have = length; have < total; have *= 2) {
    std::memcpy(row + have, row, size_t(std::min(have, total - have)) * sizeof(T));
  }
}

SPIKEWARD_CLONES void fill32(uint32_t* row, int64_t count, uint32_t value) {
  for (int64_t i = 0; i < count; i++) row[i] = value;
}

template <class T>
void fillRow(T* row, int64_t count, T value) {
  if constexpr (sizeof(T) == 4) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    fill32(reinterpret_cast<uint32_t*>(row), count, bits);
  } else {
    std::fill_n(row, count, value);
  }
}

// memory[walk] ← row or row ← memory[walk]; `count` units of the first axis; returns the row's next element.
template <class T, bool Store>
T* walkRow(const Walk& w, size_t axis, int64_t count, T* memory, T* row) {
  const Walk::Axis& a = w.axes[axis];
  if (axis + 1 < w.axes.size()) {
    if (!Store && a.stride == 0 && count > 0) {
      T* const next = walkRow<T, Store>(w, axis + 1, w.axes[axis + 1].n, memory, row);
      repeat(row, next - row, (next - row) * count);
      return row + (next - row) * count;
    }
    for (int64_t i = 0; i < count; i++) row = walkRow<T, Store>(w, axis + 1, w.axes[axis + 1].n, memory + i * a.stride, row);
    return row;
  }
  if (Store) {
    if (a.stride == 1) std::memmove(memory, row, size_t(count) * sizeof(T));
    else for (int64_t i = 0; i < count; i++) memory[i * a.stride] = row[i];
  } else {
    if (a.stride == 1) std::memmove(row, memory, size_t(count) * sizeof(T));
    else if (a.stride == 0) fillRow(row, count, *memory);
    else for (int64_t i = 0; i < count; i++) row[i] = memory[i * a.stride];
  }
  return row + count;
}

template <class T>
void walkFill(const Walk& w, size_t axis, int64_t count, T* memory, T value) {
  const Walk::Axis& a = w.axes[axis];
  // Along an axis of stride 0 there is one element.
  const int64_t n = a.stride == 0 ? 1 : count;
  if (a.stride == 1 && axis + 1 == w.axes.size()) return fillRow(memory, n, value);
  for (int64_t i = 0; i < n; i++) {
    if (axis + 1 < w.axes.size()) walkFill(w, axis + 1, w.axes[axis + 1].n, memory + i * a.stride, value);
    else memory[i * a.stride] = value;
  }
}

template <class T>
T identityOf(Reduce reduce, DType dtype) {
  using Limits = std::numeric_limits<T>;
  if (reduce == Reduce::sum || reduce == Reduce::none) return T(0);
  if (dtype == DType::boolean) return reduce == Reduce::max ? T(0) : T(1);
  if (Limits::has_infinity) return reduce == Reduce::max ? -Limits::infinity() : Limits::infinity();
  return reduce == Reduce::max ? Limits::lowest() : Limits::max();
}

class Runner {
 public:
  Runner(const KernelProgram& program, const Isa& isa, char* const* memory, char* scratch, char* partials)
      : g(program), isa_(isa), memory_(memory), scratch_(scratch), partials_(partials) {
    at_ = reinterpret_cast<char**>(scratch + program.scratchBytes);
    base_ = at_ + g.places.size();
    perH_.reserve(8);
    for (size_t i = 0; i < g.places.size(); i++) {
      at_[i] = scratch + g.places[i].offset;
      if (g.places[i].perH) perH_.push_back(int(i));
    }
    for (const auto& [place, bytes] : g.constants) std::memcpy(at_[place], bytes.data(), bytes.size());
    for (size_t a = 0; a < g.accesses.size(); a++) base_[a] = memory[a] + g.accesses[a].offset;
    run(CALL);
  }

  void tasks(int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      const int64_t outer = task / g.chunks, chunk = task % g.chunks;
      moveTo(outer);
      if (g.folds.empty()) tile();
      else fold(outer, chunk);
    }
  }

  void combine(int64_t from, int64_t to) {
    for (int64_t outer = from; outer < to; outer++) {
      moveTo(outer);
      for (const FoldStore& f : g.folds) {
        const size_t row = partialRow(f);
        char* sum = at_[f.accumulator];
        const char* parts = partials_ + f.partial + size_t(outer * g.chunks) * row;
        std::memcpy(sum, parts, row);
        for (int64_t c = 1; c < g.chunks; c++) f.fold(sum, parts + size_t(c) * row, sum, sum, row / (f.dtype == DType::f64 ? 8 : 4));
        storeFold(f);
      }
    }
  }

 private:
  void moveTo(int64_t outer) {
    for (size_t a = 0; a < g.accesses.size(); a++) base_[a] = memory_[a] + g.accesses[a].offset;
    std::fill_n(coordinates_, g.rank, 0);
    units(g.chunk);
    for (size_t l = g.outer.size(); l-- > 0;) {
      const LoopAxis& loop = g.outer[l];
      const int64_t i = outer % loop.n;
      outer /= loop.n;
      enter(loop, i);
      for (size_t a = 0; a < g.accesses.size(); a++) base_[a] += i * g.accesses[a].outer[l];
    }
    h_ = 0;
  }
  void enter(const LoopAxis& loop, int64_t i) {
    coordinates_[loop.axis] = loop.split ? i * g.chunk : i;
    if (loop.split) units(i == loop.n - 1 ? g.last : g.chunk);
  }
  void units(int64_t n) {
    units_ = g.splitAxis < 0 ? 1 : n;
    points_ = units_ * g.unit;
    lanes_ = (size_t(points_) + kLanes - 1) / kLanes * kLanes;
    whole_ = points_ == int64_t(lanes_);
  }

  void tile() {
    run(TILE);
    eachH(TILE_H);
    if (g.steps.empty() && g.stepCount == 1) return;
    if (g.steps.size() == 1 && !g.steps[0].split) {
      int64_t t = 0;
      if (g.twoSteps != nullptr && whole_) {
        for (; t + 2 <= g.stepCount; t += 2) {
          twoSteps();
          for (size_t a = 0; a < g.accesses.size(); a++) base_[a] += 2 * g.accesses[a].steps[0];
        }
      }
      for (; t < g.stepCount; t++) {
        coordinates_[g.steps[0].axis] = t;
        step();
        for (size_t a = 0; a < g.accesses.size(); a++) base_[a] += g.accesses[a].steps[0];
      }
      for (size_t a = 0; a < g.accesses.size(); a++) base_[a] -= g.accesses[a].steps[0] * g.stepCount;
      coordinates_[g.steps[0].axis] = 0;
    } else {
      steps(0, g.stepCount);
    }
    run(END);
    eachH(END_H);
  }

  void twoSteps() {
    for (const SteppedRow& row : g.steppedRows) {
      at_[row.first] = address(row.access);
      at_[row.second] = at_[row.first] + g.accesses[size_t(row.access)].steps[0];
    }
    g.twoSteps(at_, lanes_ * 4, scratch_);
  }

  void step() {
    run(STEP);
    if (!g.lists[STEP_H].empty()) eachH(STEP_H);
    run(UPDATE);
  }

  // Steps [from, to) of several reduced axes, the last fastest.
  void steps(int64_t from, int64_t to) {
    const size_t count = g.accesses.size();
    for (int64_t s = from; s < to; s++) {
      int64_t rest = s;
      for (size_t l = g.steps.size(); l-- > 0;) {
        const int64_t i = rest % g.steps[l].n;
        rest /= g.steps[l].n;
        index_[l] = i;
        enter(g.steps[l], i);
        for (size_t a = 0; a < count; a++) base_[a] += i * g.accesses[a].steps[l];
      }
      step();
      for (size_t l = 0; l < g.steps.size(); l++) for (size_t a = 0; a < count; a++) base_[a] -= index_[l] * g.accesses[a].steps[l];
    }
  }

  void fold(int64_t outer, int64_t chunk) {
    const int64_t from = g.stepCount * chunk / g.chunks, to = g.stepCount * (chunk + 1) / g.chunks;
    units(g.lanesFold ? g.chunk : units_);
    const size_t lanes = g.lanesFold ? (size_t(g.tilePoints) + kLanes - 1) / kLanes * kLanes : lanes_;
    for (const FoldStore& f : g.folds) {
      withElement(f.dtype, [&](auto x) { std::fill_n((decltype(x)*)at_[f.accumulator], lanes, identityOf<decltype(x)>(f.reduce, f.dtype)); });
    }
    if (from < to) run(TILE);
    if (g.steps.empty() && from < to) step();
    else steps(from, to);
    for (const FoldStore& f : g.folds) {
      if (g.lanesFold) foldLanes(f, lanes);
      if (g.chunks > 1) std::memcpy(partials_ + f.partial + size_t(outer * g.chunks + chunk) * partialRow(f), at_[f.accumulator], partialRow(f));
      else storeFold(f);
    }
  }
  size_t partialRow(const FoldStore& f) const {
    const size_t row = (size_t(g.tilePoints) + kLanes - 1) / kLanes * kLanes;
    return (g.lanesFold ? kLanes : row) * (f.dtype == DType::f64 ? 8 : 4);
  }

  // Folds the whole row into its first element, by halves.
  void foldLanes(const FoldStore& f, size_t lanes) {
    const size_t bytes = f.dtype == DType::f64 ? 8 : 4;
    char* row = at_[f.accumulator];
    for (size_t n = lanes; n > kLanes;) {
      const size_t half = (n / 2 + kLanes - 1) / kLanes * kLanes;
      f.fold(row, row + half * bytes, row, row, n - half);
      n = half;
    }
    withElement(f.dtype, [&](auto x) {
      using T = decltype(x);
      T* lane = (T*)row;
      for (size_t step = kLanes / 2; step > 0; step /= 2) for (size_t i = 0; i < step; i++) lane[i] = combineTwo(f, lane[i], lane[i + step]);
    });
  }
  template <class T>
  static T combineTwo(const FoldStore& f, T a, T b) {
    if (f.reduce == Reduce::max) return a > b || a != a ? a : b;
    if (f.reduce == Reduce::min) return a < b || a != a ? a : b;
    if constexpr (std::numeric_limits<T>::is_integer) return T(uint32_t(a) + uint32_t(b));
    else return a + b;
  }

  void storeFold(const FoldStore& f) {
    const Walk& w = g.accesses[f.access].walk;
    withElement(f.dtype, [&](auto x) {
      using T = decltype(x);
      T* row = (T*)at_[f.accumulator];
      if (g.lanesFold) *(T*)base_[f.access] = row[0];
      else walkRow<T, true>(w, 0, unitsOf(w), (T*)base_[f.access], row);
    });
  }

  void eachH(Level level) {
    if (g.lists[level].empty()) return;
    for (h_ = 0; h_ < g.h; h_++) {
      for (int place : perH_) at_[place] = scratch_ + g.places[place].offset + size_t(h_) * g.places[place].bytes;
      if (g.hAxis >= 0) coordinates_[g.hAxis] = h_;
      run(level);
    }
    h_ = 0;
    if (g.hAxis >= 0) coordinates_[g.hAxis] = 0;
  }

  char* address(int access) const { return base_[access] + h_ * g.accesses[access].h; }
  int64_t unitsOf(const Walk& w) const {
    // The first axis of a walk may include merged axes: its length in a short tile is scaled in proportion.
    return g.splitAxis < 0 || units_ == g.chunk ? w.axes[0].n : w.axes[0].n / g.chunk * units_;
  }

  void run(Level level) {
    for (const Instruction& i : g.lists[level]) {
      const size_t n = i.uniform ? kLanes : lanes_;
      switch (i.kind) {
        case Instruction::compute:
          i.fn(at_[i.r], at_[i.x], at_[i.y], at_[i.z], n);
          break;
        case Instruction::generated: i.code(at_, lanes_ * 4, scratch_); break;
        case Instruction::direct:
          if (whole_) {
            at_[i.r] = address(i.access);
            break;
          }
          at_[i.r] = scratch_ + g.places[i.r].offset;
          [[fallthrough]];
        case Instruction::load: load(i); break;
        case Instruction::loadUniform: {
          const char* from = address(i.access);
          (g.accesses[i.access].bytes == 8 ? isa_.spread64 : isa_.spread32)(at_[i.r], from, from, from, kLanes);
          break;
        }
        case Instruction::place: at_[i.r] = whole_ ? address(i.access) : scratch_ + g.places[i.r].offset; break;
        case Instruction::store:
          if (at_[i.x] != address(i.access)) store(i);
          break;
        case Instruction::storeUniform: {
          const Walk& w = g.accesses[i.access].walk;
          withElement(i.dtype, [&](auto x) { walkFill(w, 0, unitsOf(w), (decltype(x)*)address(i.access), *(decltype(x)*)at_[i.x]); });
          break;
        }
        case Instruction::indexUniform:
          withElement(i.dtype, [&](auto x) { std::fill_n((decltype(x)*)at_[i.r], kLanes, decltype(x)(coordinates_[i.access])); });
          break;
        case Instruction::index: index(i); break;
        case Instruction::fold: foldRow(i); break;
      }
    }
  }

  void load(const Instruction& i) {
    const AccessProgram& a = g.accesses[i.access];
    if (a.bytes == 8) walkRow<uint64_t, false>(a.walk, 0, unitsOf(a.walk), (uint64_t*)address(i.access), (uint64_t*)at_[i.r]);
    else walkRow<uint32_t, false>(a.walk, 0, unitsOf(a.walk), (uint32_t*)address(i.access), (uint32_t*)at_[i.r]);
  }
  void store(const Instruction& i) {
    const AccessProgram& a = g.accesses[i.access];
    if (a.bytes == 8) walkRow<uint64_t, true>(a.walk, 0, unitsOf(a.walk), (uint64_t*)address(i.access), (uint64_t*)at_[i.x]);
    else walkRow<uint32_t, true>(a.walk, 0, unitsOf(a.walk), (uint32_t*)address(i.access), (uint32_t*)at_[i.x]);
  }

  // Coordinates along one axis of the tile, at all its points.
  void index(const Instruction& i) {
    int64_t inner = 1, length = 1;
    for (const auto& [axis, n] : g.tileAxes) {
      if (axis == i.access) length = axis == g.splitAxis ? units_ : n, inner = 1;
      else inner *= n;
    }
    withElement(i.dtype, [&](auto x) {
      using T = decltype(x);
      T* row = (T*)at_[i.r];
      const int64_t start = coordinates_[i.access];
      for (int64_t q = 0; q < points_;) {
        for (int64_t c = 0; c < length && q < points_; c++) {
          const T value = T(start + c);
          if (inner == 1) row[q++] = value;
          else for (int64_t e = std::min(q + inner, points_); q < e; q++) row[q] = value;
        }
      }
    });
  }

  // Lanes past the last point do not contribute. The row keeps them: a value that is invariant over the steps is
  // computed once, and a later step may have more points.
  void foldRow(const Instruction& i) {
    const FoldStore& f = g.folds[size_t(i.access)];
    const size_t whole = g.lanesFold ? size_t(points_) / kLanes * kLanes : lanes_;
    i.fn(at_[i.r], at_[i.x], at_[i.r], at_[i.r], whole);
    withElement(f.dtype, [&](auto x) {
      using T = decltype(x);
      T* accumulator = (T*)at_[i.r];
      const T* row = (const T*)at_[i.x];
      for (size_t q = whole; q < size_t(points_); q++) accumulator[q] = combineTwo(f, accumulator[q], row[q]);
    });
  }

  const KernelProgram& g;
  const Isa& isa_;
  char* const* memory_;
  char* scratch_;
  char* partials_;
  char** at_;
  char** base_;
  std::vector<int> perH_;
  int64_t coordinates_[33] = {}, index_[33] = {};
  int64_t units_ = 1, points_ = 1, h_ = 0;
  size_t lanes_ = kLanes;
  bool whole_ = false;
};

}  // namespace

void runKernel(const KernelProgram& program, const Isa& isa, char* const* memory, char* scratch, char* partials, int64_t from, int64_t to) {
  Runner(program, isa, memory, scratch, partials).tasks(from, to);
}

void combineKernel(const KernelProgram& program, const Isa& isa, char* const* memory, char* scratch, const char* partials, int64_t from, int64_t to) {
  Runner(program, isa, memory, scratch, const_cast<char*>(partials)).combine(from, to);
}

}  // namespace spikeward
