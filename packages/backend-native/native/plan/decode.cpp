// Decodes a blob of doubles (integers are exact to 2^53) to a Plan. core has checked the plan (checkPlan); the checks
// here guard memory against a damaged blob: sizes, bounds of accesses, types (they decide widths), stages (values exist
// before they are read).
#include "isa/isa.hpp"
#include "plan/nodeTypes.hpp"
#include "plan/reader.hpp"
#include "plan/routineFields.hpp"
#include "product/routines.hpp"

namespace spikeward {
namespace {

constexpr double kMagic = 0x5350494b, kVersion = 7;

class Decoder {
 public:
  Decoder(const double* blob, size_t length) : in_(blob, length) {}

  Plan plan() {
    require(in_.number() == kMagic && in_.number() == kVersion, "not a plan of this version");
    plan_.inputs = in_.integer(0, 1 << 20);
    plan_.outputs = in_.integer(0, 1 << 20);
    plan_.workspace = in_.integer(0, kMost);
    const size_t slots = in_.count();
    for (size_t i = 0; i < slots; i++) plan_.slots.push_back(slot());
    for (int64_t j = 0; j < plan_.outputs; j++) plan_.donations.push_back(in_.integer(-1, plan_.inputs - 1));
    plan_.steps = steps();
    require(in_.done(), "the blob continues after the plan");
    return std::move(plan_);
  }

  // A product alone, in the form that it has within a plan.
  Routine product() {
    Routine r;
    require(readText(in_) == "dot", "a routine that is no product");
    readProduct(in_, r);
    require(in_.done(), "the blob continues after the product");
    return r;
  }

 private:
  Slot slot() {
    Slot s;
    s.kind = Slot::Kind(in_.integer(0, 3));
    const int64_t where = in_.integer(0, kMost);
    s.dtype = in_.item(DType::count);
    s.size = in_.integer(0, kMost / 8);
    if (s.kind == Slot::Kind::temporary) {
      s.byteOffset = where;
      require(where % 64 == 0, "a temporary is not at a multiple of 64 bytes");
      require(where + s.size * int64_t(bytesOf(s.dtype)) <= plan_.workspace, "a temporary leaves the workspace");
    } else if (s.kind == Slot::Kind::tileLocal) {
      s.byteOffset = where;
      require(where % 64 == 0, "a tile-local slot is not at a multiple of 64 bytes");
    } else {
      s.index = where;
      require(where < (s.kind == Slot::Kind::input ? plan_.inputs : plan_.outputs), "a slot of an argument that does not exist");
    }
    return s;
  }

  std::vector<Step> steps() {
    require(loops_.size() <= 32, "loops are nested too deeply");
    std::vector<Step> result(in_.count());
    for (Step& s : result) step(s);
    return result;
  }

  void step(Step& s) {
    s.kind = Step::Kind(in_.integer(0, 3));
    if (s.kind == Step::Kind::loop) {
      s.length = in_.integer(0, kMost);
      loops_.push_back(s.length);
      s.body = steps();
      loops_.pop_back();
      return;
    }
    if (s.kind == Step::Kind::tileFused) return group(s);
    operands(s.ins);
    operands(s.outs);
    if (s.kind == Step::Kind::kernel) kernel(s);
    else routine(s);
  }

  // ---- tile-fused groups

  void group(Step& s) {
    s.partitionSize = in_.integer(1, kMost);
    s.tileRows = in_.integer(1, s.partitionSize);
    s.scratchBytes = in_.integer(0, kMost);
    tileDepth_ = int(loops_.size());
    group_ = &s;
    loops_.push_back(0);
    tiledSteps(s.body);
    loops_.pop_back();
    group_ = nullptr;
  }

  void tiledSteps(std::vector<Step>& steps) {
    require(loops_.size() <= 33, "loops are nested too deeply");
    steps.resize(in_.count());
    for (size_t i = 0; i < steps.size(); i++) tiledStep(steps[i], int64_t(i));
  }

  // Continues with the operands of a tile with this number of rows; a shorter last tile is not among the whole ones.
  int64_t lastRows() const { return group_->partitionSize % group_->tileRows; }
  void tile(bool last) {
    const int64_t whole = group_->partitionSize / group_->tileRows;
    loops_[size_t(tileDepth_)] = last ? whole + 1 : whole;
    rows_ = last ? lastRows() : group_->tileRows;
  }

  void tiledStep(Step& s, int64_t position) {
    s.kind = Step::Kind(in_.integer(0, 2));
    if (s.kind == Step::Kind::loop) {
      s.length = in_.integer(0, kMost);
      loops_.push_back(s.length);
      tiledSteps(s.body);
      loops_.pop_back();
      return;
    }
    if (lastRows() > 0) s.last.resize(1), s.last[0].kind = s.kind;
    if (s.kind == Step::Kind::kernel) {
      for (Step* part : {&s, s.last.empty() ? nullptr : &s.last[0]}) {
        if (part == nullptr) continue;
        tile(part != &s);
        operands(part->ins);
        operands(part->outs);
        kernel(*part);
      }
      return;
    }
    for (Step* part : {&s, s.last.empty() ? nullptr : &s.last[0]}) {
      if (part == nullptr) continue;
      part->ins.resize(2), part->outs.resize(1);
      for (Operand* o : {&part->ins[0], &part->ins[1], &part->outs[0]}) operand(*o);
    }
    Routine& r = s.routine;
    require(readText(in_) == "dot", "a routine that is no product");
    readProduct(in_, r);
    require(!r.windowed(), "windows in a tile-fused group");
    s.accumulates = in_.flag();
    s.spikesOf = in_.integer(-1, position);
    // Along an axis of length 1 no stride is applied.
    if (r.batch <= 1) r.aBatch = r.bBatch = 0;
    if (r.k <= 1) r.aK = r.bK = 0;
    if (r.n <= 1) r.bN = 0;
    require(r.m > 0 && r.n > 0 && r.k > 0 && r.batch > 0 && r.m % group_->partitionSize == 0, "a product whose rows are not those of the partition");
    for (Step* part : {&s, s.last.empty() ? nullptr : &s.last[0]}) {
      if (part == nullptr) continue;
      tile(part != &s);
      tiledDot(*part, r);
    }
  }

  // The slots contain all that DotRows needs about a tile's rows. The right operand must not move, because it is packed
  // once.
  void tiledDot(Step& part, const Routine& r) {
    const int64_t size = group_->partitionSize, repeats = r.m / size;
    const auto rowsOf = [&](Operand& o, int64_t batchStride, int64_t row, int64_t inside, int64_t insideStride) {
      const bool local = plan_.slots[size_t(o.slot)].kind == Slot::Kind::tileLocal;
      const int64_t batch = local ? batchStride / size * rows_ : batchStride;
      require(!local || batchStride % size == 0, "a batch of a product that is not of whole partitions");
      require(row >= 0 && row <= kMost / (local ? rows_ : size), "rows of a product too far apart");
      Access a{r.dtype, 0, {batch, row * (local ? rows_ : size), row, insideStride}};
      span(o, a, {r.batch, repeats, rows_, inside});
    };
    Access b{r.dtype, 0, {r.bBatch, r.bK, r.bN}};
    for (size_t d = size_t(tileDepth_); d < part.ins[1].advance.size(); d++) require(part.ins[1].advance[d] == 0, "a right operand that moves within a group");
    require(plan_.slots[size_t(part.ins[1].slot)].kind != Slot::Kind::tileLocal, "a right operand that is tile-local");
    rowsOf(part.ins[0], r.aBatch, r.aM, r.k, r.aK);
    span(part.ins[1], b, {r.batch, r.k, r.n});
    require(r.m <= kMost / r.n, "a product of too many elements");
    rowsOf(part.outs[0], r.m * r.n, r.n, r.n, 1);
  }

  void operands(std::vector<Operand>& list) {
    list.resize(in_.count());
    for (Operand& o : list) operand(o);
  }
  void operand(Operand& o) {
    o.slot = int(in_.integer(0, int64_t(plan_.slots.size()) - 1));
    o.offset = in_.integer(-kMost, kMost);
    o.advance.resize(in_.count());
    require(o.advance.size() <= loops_.size(), "an operand advances with a loop that does not enclose it");
    for (int64_t& by : o.advance) by = in_.integer(-kMost, kMost);
  }

  void access(Access& a, size_t rank) {
    a.dtype = in_.item(DType::count);
    a.offset = in_.integer(-kMost, kMost);
    a.strides.resize(rank);
    for (int64_t& s : a.strides) s = in_.integer(-kMost, kMost);
  }

  void kernel(Step& s) {
    Kernel& k = s.kernel;
    k.name = readText(in_);
    k.space.resize(in_.count());
    require(k.space.size() <= 32, "a kernel of more than 32 axes");
    Wide points = 1;
    for (int64_t& n : k.space) {
      n = in_.integer(0, kMost);
      points *= n > 0 ? n : 1;
      require(points <= kMost, "a kernel of too many points");
    }
    const size_t rank = k.space.size();
    k.time = int(in_.integer(-1, int64_t(rank) - 1));
    k.reduced.assign(rank, false);
    bool folds = false;
    for (size_t a = 0; a < rank; a++) folds |= (k.reduced[a] = in_.flag());
    require(k.time < 0 || !folds, "a time axis together with reduced axes");
    k.loads.resize(in_.count());
    for (Access& a : k.loads) access(a, rank);
    k.nodes.resize(in_.count());
    k.carries.resize(in_.count());
    require(k.time >= 0 || k.carries.empty(), "carries without a time axis");
    k.stores.resize(in_.count());
    for (size_t i = 0; i < k.nodes.size(); i++) node(k, i);
    for (Carry& c : k.carries) {
      c.dtype = in_.item(DType::count);
      c.init = int(in_.integer(0, int64_t(k.nodes.size()) - 1));
      c.next = int(in_.integer(0, int64_t(k.nodes.size()) - 1));
      require(k.nodes[c.init].dtype == c.dtype && k.nodes[c.next].dtype == c.dtype, "a carry of another type than its nodes");
      require(k.stages[c.init] == Stage::before && k.stages[c.next] != Stage::after, "a carry from a node of a later stage");
    }
    for (const Node& n : k.nodes) {
      if (n.op == Op::carry || n.op == Op::final) require(k.carries[n.target].dtype == n.dtype, "a node reads a carry of another type");
    }
    for (Store& st : k.stores) {
      access(st, rank);
      st.node = int(in_.integer(0, int64_t(k.nodes.size()) - 1));
      st.each = in_.flag();
      st.reduce = Reduce(in_.integer(0, 3));
      require(k.nodes[st.node].dtype == st.dtype, "a store of another type than its node");
      if (k.time < 0) st.each = false;
      const Stage stage = k.stages[st.node];
      if (k.time >= 0) require(st.each ? stage != Stage::after : stage != Stage::each, "a store at a time at which its node is not known");
      require(st.reduce == Reduce::none || k.time < 0, "a store folds in a kernel with a time axis");
      for (size_t a = 0; a < rank; a++) require(st.reduce == Reduce::none || !k.reduced[a] || st.strides[a] == 0, "a store moves along an axis that it folds");
    }
    require(s.ins.size() == k.loads.size() && s.outs.size() == k.stores.size(), "operands that do not match the kernel's accesses");
    for (size_t i = 0; i < k.loads.size(); i++) {
      std::vector<int64_t> axes = k.space;
      // An operand that does not move along time is read before the steps, even if there are none.
      if (k.time >= 0 && k.loads[i].strides[k.time] == 0) axes[k.time] = 1;
      span(s.ins[i], k.loads[i], axes);
    }
    for (size_t i = 0; i < k.stores.size(); i++) {
      Store& st = k.stores[i];
      std::vector<int64_t> axes = k.space;
      for (size_t a = 0; a < rank; a++) {
        if ((st.reduce != Reduce::none && k.reduced[a]) || (!st.each && int(a) == k.time)) axes[a] = 1;
      }
      span(s.outs[i], st, axes);
    }
  }

  void node(Kernel& k, size_t i) {
    Node& n = k.nodes[i];
    n.op = Op(in_.integer(0, int64_t(Op::function)));
    n.dtype = in_.item(DType::count);
    if (n.op == Op::function) n.op = functionOf(readText(in_));
    Stage stage = Stage::before;
    if (n.op == Op::constant) {
      n.value = in_.number();
    } else if (n.op == Op::load) {
      n.target = int(in_.integer(0, int64_t(k.loads.size()) - 1));
      require(k.loads[n.target].dtype == n.dtype, "a load of another type than its access");
      if (k.time >= 0 && k.loads[n.target].strides[k.time] != 0) stage = Stage::each;
    } else if (n.op == Op::index) {
      n.target = int(in_.integer(0, int64_t(k.space.size()) - 1));
      if (n.target == k.time) stage = Stage::each;
    } else if (n.op == Op::carry || n.op == Op::final) {
      n.target = int(in_.integer(0, int64_t(k.carries.size()) - 1));
      stage = n.op == Op::carry ? Stage::each : Stage::after;
    } else {
      bool each = false, after = false;
      for (int a = 0; a < argumentsOf(n.op); a++) {
        n.args[a] = int(in_.integer(0, int64_t(i) - 1));
        each |= k.stages[n.args[a]] == Stage::each;
        after |= k.stages[n.args[a]] == Stage::after;
      }
      require(!(each && after), "a node reads both a value of one step and a final state");
      stage = after ? Stage::after : each ? Stage::each : Stage::before;
      require(areTypesValid(k, n), "an operation on types that it is not defined for");
    }
    k.stages.push_back(stage);
  }

  static Op functionOf(const std::string& name) {
    for (size_t i = 0; i < portableIsa.functionCount; i++) if (name == portableIsa.functions[i].name) return Op(size_t(Op::function) + i);
    refuse("a function that does not exist: " + name);
  }

  void routine(Step& s) {
    Routine& r = s.routine;
    const std::string name = readText(in_);
    if (name == "dot") {
      require(s.ins.size() == 2 && s.outs.size() == 1, "operands that do not match the routine");
      readProduct(in_, r);
      Access a{r.dtype, 0, {r.aBatch, r.aM, r.aK}}, b{r.dtype, 0, {r.bBatch, r.bK, r.bN}};
      if (r.windowed()) {
        std::vector<int64_t> lengths = r.mLengths;
        lengths.insert(lengths.end(), r.kLengths.begin(), r.kLengths.end());
        Access w{r.dtype, 0, r.mStrides};
        w.strides.insert(w.strides.end(), r.kStrides.begin(), r.kStrides.end());
        span(s.ins[0], w, lengths);
        a.strides = {0, 0, 0};
      } else {
        span(s.ins[0], a, {r.batch, r.m, r.k});
      }
      span(s.ins[1], b, {r.batch, r.k, r.n});
      r.aBatch = a.strides[0], r.aM = a.strides[1], r.aK = a.strides[2];
      r.bBatch = b.strides[0], r.bK = b.strides[1], r.bN = b.strides[2];
      r.operands = {r.dtype, r.dtype, r.dtype};
      return whole(s.outs[0], r.dtype, {r.batch, r.m, r.n});
    }
    r.type = routineType(name);
    require(r.type != nullptr, "a routine that does not exist");
    readFields(in_, r);
    const std::vector<Array> arrays = r.type->arrays(r);
    require(s.ins.size() + 1 == arrays.size() && s.outs.size() == 1, "operands that do not match the routine");
    for (size_t i = 0; i < arrays.size(); i++) {
      r.operands.push_back(arrays[i].dtype);
      whole(i + 1 < arrays.size() ? s.ins[i] : s.outs[0], arrays[i].dtype, arrays[i].shape);
    }
  }

  void whole(Operand& o, DType dtype, const std::vector<int64_t>& shape) {
    Access a{dtype, 0, std::vector<int64_t>(shape.size(), 1)};
    Wide stride = 1;
    for (size_t i = shape.size(); i-- > 0;) {
      a.strides[i] = int64_t(stride);
      stride *= shape[i] > 0 ? shape[i] : 1;
      require(stride <= kMost, "a routine on too many elements");
    }
    span(o, a, shape);
  }

  // Sets strides that are never applied to 0, so that no address is computed from them; likewise strides of an access
  // without elements.
  void span(Operand& o, Access& a, const std::vector<int64_t>& axes) {
    const Slot& slot = plan_.slots[o.slot];
    require(slot.dtype == a.dtype || (slot.dtype != DType::f64 && a.dtype != DType::f64), "an access of another size than its slot's elements");
    bool empty = false;
    for (int64_t n : loops_) empty |= n == 0;
    for (size_t i = 0; i < axes.size(); i++) {
      empty |= axes[i] == 0;
      if (axes[i] <= 1) a.strides[i] = 0;
    }
    if (empty) {
      for (int64_t& s : a.strides) s = 0;
      a.offset = o.offset = 0;
      o.advance.clear();
      return;
    }
    Span s;
    for (size_t i = 0; i < axes.size(); i++) s.reach(a.strides[i], axes[i]);
    for (size_t d = 0; d < o.advance.size(); d++) s.reach(o.advance[d], loops_[d]);
    const Wide start = Wide(o.offset) + a.offset;
    require(start + s.low >= 0 && start + s.high < elementsOf(slot), "an access leaves its slot");
  }

  // Elements of a slot that steps can access: for a tile-local slot, the part that belongs to one tile.
  int64_t elementsOf(const Slot& slot) const {
    if (slot.kind != Slot::Kind::tileLocal) return slot.size;
    require(group_ != nullptr, "a tile-local slot outside of its group");
    require(slot.size % group_->partitionSize == 0, "a tile-local slot that is not of whole rows");
    const int64_t elements = slot.size / group_->partitionSize * rows_;
    require(Wide(slot.byteOffset) + Wide(elements) * int64_t(bytesOf(slot.dtype)) <= group_->scratchBytes, "a tile-local slot leaves the scratch");
    return elements;
  }

  Reader in_;
  Plan plan_;
  std::vector<int64_t> loops_;
  // While a group is read: the depth of its loop over tiles, and the rows of the tile.
  const Step* group_ = nullptr;
  int tileDepth_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

Routine decodeProduct(const double* blob, size_t length) { return Decoder(blob, length).product(); }

Plan decodePlan(const double* blob, size_t length) { return Decoder(blob, length).plan(); }

}  // namespace spikeward
