// Second half of compiling a kernel: emits instructions level by level, then assigns rows to the values.
#include <algorithm>
#include <cstring>
#include <map>

#include "codegen/rowTarget.hpp"
#include "kernel/kernelProgram.hpp"

namespace spikeward {
namespace {

class Emitter {
 public:
  Emitter(ShapedKernel&& shaped, const Isa& isa, const std::function<bool(size_t, size_t)>& mayAlias, bool alone)
      : s(std::move(shaped)), k(s.k), p(s.p), isa_(isa), mayAlias_(mayAlias), alone_(alone) {}

  KernelProgram emit() {
    carryPlaces();
    chooseDirectStores();
    for (size_t i = 0; i < k.nodes.size(); i++) if (s.used[i]) node(int(i));
    initCarries();
    for (size_t i = 0; i < k.stores.size(); i++) store(i);
    updateCarries();
    const bool generates = isa_.rowTarget != nullptr && mayGenerate();
    if (generates) for (auto& list : p.lists) gatherComputations(list);
    assignRows(p, dedicated_, classes_);
    schedule();
    if (generates) generate();
    return std::move(p);
  }

 private:
  struct CarryState {
    int place = -1;
    bool uniform = false, perH = false;
    int inPlace = -1;  // the node that is computed directly into the carry
  };

  // Orders a list: reads first, then contiguous row operations, then writes, then the updates of carries. Operations on
  // uniform values count as reads, since they use no rows.
  static void gatherComputations(std::vector<Instruction>& list) {
    const auto part = [](const Instruction& i) {
      if (i.late) return 3;
      if (i.kind == Instruction::store || i.kind == Instruction::storeUniform || i.kind == Instruction::fold) return 2;
      return i.kind == Instruction::compute && !i.uniform ? 1 : 0;
    };
    std::stable_sort(list.begin(), list.end(), [&](const Instruction& a, const Instruction& b) { return part(a) < part(b); });
  }

  void generate() {
    std::vector<bool> elsewhere(p.places.size(), false);
    for (int d : dedicated_) elsewhere[size_t(d)] = true;
    for (size_t i = 0; i < p.places.size(); i++) if (p.places[i].perH) elsewhere[i] = true;
    const std::unique_ptr<RowTarget> target = isa_.rowTarget();
    generateRows(p, *target, elsewhere);
  }

  // ---- places

  int newPlace(bool uniform, DType dtype) {
    Place place;
    place.bytes = (uniform ? kLanes : paddedPoints()) * bytesOf(dtype);
    p.places.push_back(place);
    // Generated code reads a uniform value in every iteration, so no row may reuse its memory while the loop runs.
    classes_.push_back(place.bytes * 32 + bytesOf(dtype) + (uniform ? 16 : 0));
    return int(p.places.size()) - 1;
  }
  size_t paddedPoints() const { return (size_t(p.tilePoints) + kLanes - 1) / kLanes * kLanes; }

  Instruction& push(Level list, Instruction i) {
    p.lists[list].push_back(i);
    return p.lists[list].back();
  }

  int spreadOf(Level list, int place, DType dtype) {
    Instruction i;
    i.fn = bytesOf(dtype) == 8 ? isa_.spread64 : isa_.spread32;
    i.r = newPlace(false, dtype);
    i.x = i.y = i.z = place;
    i.op = Op::bitcast;
    i.dtype = i.from = dtype;
    i.spread = true;
    return push(list, i).r;
  }

  // ---- carries

  bool after(Level l) const { return l == END || l == END_H; }

  void carryPlaces() {
    carry_.resize(k.carries.size());
    for (int c : s.carries) {
      CarryState& state = carry_[c];
      AxisMask mask = s.depends[k.carries[c].init] | s.depends[k.carries[c].next];
      for (size_t i = 0; i < k.nodes.size(); i++) {
        if (s.used[i] && (k.nodes[i].op == Op::carry || k.nodes[i].op == Op::final) && k.nodes[i].target == c) mask |= s.depends[i];
      }
      state.uniform = !(mask & s.tileMask);
      state.perH = p.hAxis >= 0 && (mask & axisBit(p.hAxis));
      state.place = newPlace(state.uniform, k.carries[c].dtype);
      p.places[state.place].perH = state.perH;
      dedicated_.push_back(state.place);
    }
    for (int c : s.carries) if (fitsInPlace(c)) carry_[c].inPlace = k.carries[c].next;
  }

  // True if the next value can be computed over the old one: nothing reads the old value later in the step. Operations
  // on uniform values run before those on rows (gatherComputations), which may read the old value.
  bool fitsInPlace(int c) const {
    const int v = k.carries[c].next;
    const CarryState& state = carry_[c];
    if (state.uniform) return false;
    const Level level = state.perH ? STEP_H : STEP;
    if (k.nodes[v].op < Op::neg || s.level[v] != level || s.uniform(v) != state.uniform) return false;
    for (int d : s.carries) {
      if (d == c) continue;
      if (k.carries[d].next == v) return false;
      const Node& n = k.nodes[k.carries[d].next];
      if (n.op == Op::carry && n.target == c) return false;
    }
    for (size_t i = 0; i < k.nodes.size(); i++) {
      if (!s.used[i]) continue;
      for (int a = 0; a < argumentsOf(k.nodes[i].op); a++) {
        const Node& n = k.nodes[k.nodes[i].args[a]];
        if (n.op == Op::carry && n.target == c && (s.level[i] != level || int(i) > v)) return false;
      }
    }
    for (const Store& st : k.stores) if (k.nodes[st.node].op == Op::carry && k.nodes[st.node].target == c) return false;
    return true;
  }

  void copyTo(Level list, int to, bool toUniform, int from, bool fromUniform, DType dtype) {
    Instruction i;
    i.r = to;
    i.x = i.y = i.z = from;
    i.uniform = toUniform;
    i.op = Op::bitcast;
    i.dtype = i.from = dtype;
    i.spread = fromUniform && !toUniform;
    i.late = true;
    i.fn = fromUniform && !toUniform ? (bytesOf(dtype) == 8 ? isa_.spread64 : isa_.spread32)
      : isa_.rowOp(Op::bitcast, bytesOf(dtype) == 8 ? DType::f64 : DType::u32, DType::u32, 0);
    push(list, i);
  }

  void initCarries() {
    for (int c : s.carries) {
      const CarryState& state = carry_[c];
      const int v = k.carries[c].init;
      copyTo(state.perH ? TILE_H : TILE, state.place, state.uniform, value_[v], s.uniform(v), k.carries[c].dtype);
    }
  }

  // All carries change at once: a next value that is the old value of another carry is copied first.
  void updateCarries() {
    for (const Level list : {STEP_H, UPDATE}) {
      std::vector<std::pair<int, int>> aside;
      for (int c : s.carries) {
        const CarryState& state = carry_[c];
        if (state.perH != (list == STEP_H) || state.inPlace >= 0) continue;
        const int v = k.carries[c].next;
        int from = value_[v];
        bool fromUniform = s.uniform(v);
        if (k.nodes[v].op == Op::carry) {
          if (k.nodes[v].target == c) continue;
          const int saved = newPlace(state.uniform, k.carries[c].dtype);
          copyTo(list, saved, state.uniform, from, fromUniform, k.carries[c].dtype);
          aside.push_back({c, saved});
          continue;
        }
        later_.push_back([=] { copyTo(list, state.place, state.uniform, from, fromUniform, k.carries[c].dtype); });
      }
      for (auto& f : later_) f();
      later_.clear();
      for (auto [c, saved] : aside) copyTo(list, carry_[c].place, carry_[c].uniform, saved, carry_[c].uniform, k.carries[c].dtype);
    }
  }

  // ---- nodes

  void node(int i) {
    const Node& n = k.nodes[i];
    const Level list = s.level[i];
    const bool uniform = s.uniform(i);
    Instruction in;
    in.uniform = uniform;
    in.dtype = n.dtype;
    switch (n.op) {
      case Op::constant: return constant(i);
      case Op::carry:
      case Op::final: value_[i] = carry_[n.target].place; return;
      case Op::load:
        in.access = n.target;
        in.kind = uniform ? Instruction::loadUniform : directLoad(i) ? Instruction::direct : Instruction::load;
        break;
      case Op::index:
        in.access = n.target;
        in.kind = uniform ? Instruction::indexUniform : Instruction::index;
        break;
      default: operands(i, in);
    }
    const int direct = directStore_.count(i) ? directStore_[i] : -1;
    for (int c : s.carries) if (carry_[c].inPlace == i) value_[i] = carry_[c].place;
    if (!value_.count(i)) value_[i] = newPlace(uniform, n.dtype);
    in.r = value_[i];
    if (direct >= 0) {
      Instruction place;
      place.kind = Instruction::place;
      place.r = place.x = place.y = place.z = in.r;
      place.access = int(p.loads) + direct;
      push(list, place);
    }
    if (n.op < Op::neg) in.x = in.y = in.z = in.r;
    push(list, in);
  }

  void operands(int i, Instruction& in) {
    const Node& n = k.nodes[i];
    int from[3] = {0, 0, 0};
    unsigned uniform = 0;
    const int count = argumentsOf(n.op);
    for (int a = 0; a < count; a++) {
      from[a] = value_[n.args[a]];
      if (!in.uniform && s.uniform(n.args[a])) uniform |= 1u << a;
    }
    const DType x = k.nodes[n.args[0]].dtype;
    in.op = n.op;
    in.from = x;
    in.uniformArgs = uniform;
    if (count == 2) {
      const Node& amount = k.nodes[n.args[1]];
      in.smallShift = amount.op == Op::constant && amount.value >= 0 && amount.value <= 31;
    }
    in.fn = isa_.rowOp(n.op, n.dtype, x, uniform);
    if (in.fn == nullptr) {
      // There is no such variant, so uniform arguments are spread over rows.
      for (int a = 0; a < count; a++) if (uniform & 1u << a) from[a] = spreadOf(s.level[i], from[a], k.nodes[n.args[a]].dtype);
      in.fn = isa_.rowOp(n.op, n.dtype, x, 0);
      in.uniformArgs = 0;
    }
    if (in.fn == nullptr) throw CodedError("INVALID_PLAN", "kernel " + k.name + ": no such operation on this type");
    in.x = from[0];
    in.y = count > 1 ? from[1] : from[0];
    in.z = count > 2 ? from[2] : from[0];
  }

  void constant(int i) {
    const Node& n = k.nodes[i];
    value_[i] = newPlace(true, n.dtype);
    std::vector<char> bytes(kLanes * bytesOf(n.dtype));
    for (size_t l = 0; l < kLanes; l++) {
      const auto put = [&](auto x) { std::memcpy(bytes.data() + l * sizeof x, &x, sizeof x); };
      if (n.dtype == DType::f32) put(float(n.value));
      else if (n.dtype == DType::f64) put(n.value);
      else put(n.value >= 0 && n.value < 4294967296.0 ? uint32_t(n.value) : n.value < 0 && n.value >= -2147483648.0 ? uint32_t(int32_t(n.value)) : 0u);
    }
    p.constants.push_back({size_t(value_[i]), std::move(bytes)});
    dedicated_.push_back(value_[i]);
  }

  // ---- memory that a kernel both reads and writes

  Level listOf(const Store& st) const {
    const Level l = s.level[st.node];
    const bool perH = l == TILE_H || l == STEP_H || l == END_H || (p.hAxis >= 0 && st.strides[p.hAxis] != 0);
    if (k.time >= 0 ? st.each : !p.steps.empty() || p.stepCount != 1) return perH ? STEP_H : STEP;
    return after(l) ? (perH ? END_H : END) : perH ? TILE_H : TILE;
  }

  // A load may be read in place, unless a store of the kernel may have written there before it is needed.
  bool directLoad(int i) const {
    const Node& n = k.nodes[i];
    if (!p.accesses[n.target].walk.contiguous) return false;
    // Rows that are stored for every h have a separate address for each.
    if ((s.level[i] == TILE_H || s.level[i] == STEP_H) && readElsewhere(i)) return false;
    for (size_t j = 0; j < k.stores.size(); j++) {
      if (!mayAlias_(n.target, j)) continue;
      if (listOf(k.stores[j]) != s.level[i] || readElsewhere(i)) return false;
    }
    return true;
  }
  bool readElsewhere(int i) const {
    for (const Store& st : k.stores) if (st.node == i) return true;
    for (const Carry& c : k.carries) if (c.init == i || c.next == i) return true;
    for (size_t u = 0; u < k.nodes.size(); u++) {
      for (int a = 0; a < argumentsOf(k.nodes[u].op); a++) if (k.nodes[u].args[a] == i && s.used[u] && s.level[u] != s.level[i]) return true;
    }
    return false;
  }

  // Finds values that are computed directly into the memory where they are stored.
  void chooseDirectStores() {
    for (size_t j = 0; j < k.stores.size(); j++) {
      const Store& st = k.stores[j];
      const int v = st.node;
      if (st.reduce != Reduce::none || k.nodes[v].op < Op::neg || s.uniform(v) || directStore_.count(v)) continue;
      if (!p.accesses[p.loads + j].walk.contiguous || listOf(st) != s.level[v] || p.lanesFold) continue;
      bool fits = true;
      for (int c : s.carries) fits = fits && carry_[c].inPlace != v;
      for (size_t i = 0; i < k.nodes.size() && fits; i++) {
        const Node& n = k.nodes[i];
        if (!s.used[i] || n.op != Op::load || !mayAlias_(n.target, j)) continue;
        fits = s.level[i] == s.level[v] && int(i) < v && !readElsewhere(int(i));
        for (size_t u = size_t(v) + 1; u < k.nodes.size() && fits; u++) {
          for (int a = 0; a < argumentsOf(k.nodes[u].op); a++) fits = fits && !(s.used[u] && k.nodes[u].args[a] == int(i));
        }
      }
      // Two stores of one kernel never overlap, but the value must not be needed after the next step has overwritten
      // it.
      for (size_t u = 0; u < k.nodes.size() && fits; u++) {
        for (int a = 0; a < argumentsOf(k.nodes[u].op); a++) fits = fits && !(s.used[u] && k.nodes[u].args[a] == v && s.level[u] != s.level[v]);
      }
      for (const Carry& c : k.carries) fits = fits && c.init != v && c.next != v;
      if (fits) directStore_[v] = int(j);
    }
  }

  void store(size_t j) {
    const Store& st = k.stores[j];
    const Level list = listOf(st);
    Instruction in;
    in.r = in.x = in.y = in.z = value_[st.node];
    in.dtype = st.dtype;
    in.access = int(p.loads + j);
    if (st.reduce != Reduce::none) return fold(j);
    in.kind = s.uniform(st.node) ? Instruction::storeUniform : Instruction::store;
    push(list, in);
  }

  void fold(size_t j) {
    const Store& st = k.stores[j];
    FoldStore f;
    f.reduce = st.reduce;
    f.dtype = st.dtype;
    f.access = int(p.loads + j);
    f.fold = isa_.foldOp(st.reduce, st.dtype);
    f.accumulator = newPlace(false, st.dtype);
    dedicated_.push_back(f.accumulator);
    Instruction in;
    in.kind = Instruction::fold;
    in.access = int(p.folds.size());
    in.fn = f.fold;
    in.x = value_[st.node];
    if (s.uniform(st.node)) in.x = spreadOf(STEP, in.x, st.dtype);
    in.r = f.accumulator;
    in.y = in.z = in.x;
    p.folds.push_back(f);
    push(STEP, in);
  }

  void schedule() {
    const int64_t points = std::max<int64_t>(p.stepCount, 0) * p.tilePoints;
    p.chunks = 1;
    if (!alone_ && !p.folds.empty() && p.stepCount > 1 && p.outerTasks > 0) {
      const int64_t wanted = std::max<int64_t>((32 + p.outerTasks - 1) / p.outerTasks, p.stepCount / 1024);
      p.chunks = std::clamp<int64_t>(std::min(wanted, points / 8192), 1, std::min<int64_t>(p.stepCount, 256));
    }
    if (p.chunks > 1) {
      if (double(p.outerTasks) * double(p.chunks) > 1e9) throw CodedError("OUT_OF_MEMORY", "kernel " + k.name + ": partial sums of too many points");
      for (FoldStore& f : p.folds) {
        f.partial = p.partialBytes;
        p.partialBytes += size_t(p.outerTasks) * size_t(p.chunks) * partialRow(f);
      }
    }
    p.tasks = p.outerTasks * p.chunks;
    double nodes = 0;
    for (size_t i = 0; i < k.nodes.size(); i++) {
      if (!s.used[i]) continue;
      const double cost = k.nodes[i].op < Op::neg ? 0.5 : (k.nodes[i].op >= Op::function || k.nodes[i].op == Op::sqrt) ? 10 : 1;
      nodes += cost * (s.level[i] == STEP || s.level[i] == STEP_H ? double(p.stepCount) : 1) * (s.depends[i] == 0 ? 0 : 1);
    }
    nodes += double(k.stores.size()) * (k.time >= 0 ? double(p.stepCount) : 1);
    p.work = nodes * double(p.tilePoints) * double(p.h) * double(p.outerTasks);
  }
  size_t partialRow(const FoldStore& f) const { return (p.lanesFold ? kLanes : paddedPoints()) * bytesOf(f.dtype); }

  ShapedKernel s;
  Kernel& k;
  KernelProgram& p;
  const Isa& isa_;
  const std::function<bool(size_t, size_t)>& mayAlias_;
  const bool alone_;
  std::vector<CarryState> carry_;
  std::map<int, int> value_, directStore_;
  std::vector<size_t> classes_;  // by place: bytes of its row and of an element; only rows of one kind share memory
  std::vector<int> dedicated_;
  std::vector<std::function<void()>> later_;
};

}  // namespace

KernelProgram compileKernel(const Kernel& kernel, const Isa& isa, const std::function<bool(size_t, size_t)>& mayAlias, bool alone) {
  return Emitter(shapeKernel(kernel, alone), isa, mayAlias, alone).emit();
}

}  // namespace spikeward
