#include "tiling/band.hpp"

#include "tiling/bandSums.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

namespace spikeward {
namespace {

// Memory of a tile: so much of the second-level cache. A band must keep at least so much out of memory to be worth it.
constexpr double kTileBytes = 384 << 10, kLeastKept = 256 << 10;
// Tables of spikes that the second-level cache does not hold come from the third for every tile: then tiles have rows enough to pay for it.
constexpr double kManyTables = 512 << 10;
constexpr int64_t kLeastRows = 64, kLeastDense = 12;
// More memory than this for a tile of such rows is no band.
constexpr double kMostTileBytes = 1536 << 10;

// For tests: SPIKEWARD_BANDS=always makes a band wherever one can be, SPIKEWARD_BANDS=off none.
enum class Mode { usual, always, off };
Mode mode() {
  const char* set = std::getenv("SPIKEWARD_BANDS");
  const std::string name = set == nullptr ? "" : set;
  return name == "always" ? Mode::always : name == "off" ? Mode::off : Mode::usual;
}

// How a step goes through one slot: `run` elements in a row belong to one member; -1 where members cannot be told apart.
struct Touch {
  int slot = 0;
  bool writes = false;
  int64_t run = -1;
  bool steady = true;  // does not advance with a loop
  int64_t elements = 0;
};

struct Slots {
  bool written = false, filledFirst = false;  // written at all; written whole before anything else
  int64_t run = 0;                            // 0: not touched yet
  int uses = 0;
  bool steady = true;
};

class BandMaker {
 public:
  BandMaker(const Plan& plan, const std::vector<Step>& steps, const std::vector<int>& uses, const Isa& isa) : plan_(plan), steps_(steps), uses_(uses), isa_(isa) {}

  // How many steps from `from` on are local with a partition of `count`. Slots that share memory may stand in the way of some of
  // them and not of more, which find that one of the slots is the band's own.
  size_t grow(size_t from, int64_t count) {
    count_ = count;
    slots_.clear();
    axes_.clear();
    size_t length = 0;
    std::map<int, Slots> slots;
    for (size_t i = from; i < steps_.size(); i++) {
      int axis = -1;
      std::vector<Touch> touches;
      if (!touchesOf(steps_[i], touches, axis) || !add(touches)) break;
      axes_.push_back(axis);
      if (mixed()) continue;
      length = axes_.size();
      slots = slots_;
    }
    slots_ = std::move(slots);
    axes_.resize(length);
    return length;
  }

  std::set<int64_t> candidates(size_t from) const {
    std::set<int64_t> found;
    for (size_t i = from; i < steps_.size() && i < from + 32; i++) {
      if (!isDot(steps_[i])) continue;
      const Routine& r = steps_[i].routine;
      for (size_t j = from; j < steps_.size() && j < from + 32; j++) {
        if (steps_[j].kind != Step::Kind::kernel) continue;
        const Kernel& k = steps_[j].kernel;
        const auto consider = [&](const Access& a, const Operand& o) {
          for (const auto& [slot, row] : {std::pair<int, int64_t>(steps_[i].ins[0].slot, r.aM), {steps_[i].outs[0].slot, r.n}}) {
            if (o.slot != slot || row <= 0) continue;
            for (size_t axis = 0; axis < k.space.size(); axis++) {
              if (int(axis) == k.time || a.strides[axis] <= 0) continue;
              const int64_t span = k.space[axis] * a.strides[axis];
              if (span % row == 0 && span / row > 1 && r.m % (span / row) == 0) found.insert(span / row);
            }
          }
        };
        for (size_t l = 0; l < k.loads.size(); l++) consider(k.loads[l], steps_[j].ins[l]);
        for (size_t l = 0; l < k.stores.size(); l++) consider(k.stores[l], steps_[j].outs[l]);
      }
    }
    return found;
  }

  // Bytes that the band of the last `grow` keeps to itself.
  double kept() const {
    double bytes = 0;
    for (const auto& [slot, s] : slots_) if (isOwn(slot) && sums_.into.count(slot) == 0) bytes += double(plan_.slots[size_t(slot)].size) * double(bytesOf(plan_.slots[size_t(slot)].dtype));
    return bytes;
  }

  std::unique_ptr<BandProgram> build(size_t from, size_t length) {
    auto b = std::make_unique<BandProgram>();
    b->count = count_;
    sums_ = findSums(steps_, from, length, [&](int slot) { return slots_.count(slot) != 0 && isOwn(slot) && uses_[size_t(slot)] == 2; }, [&](const Step& s) { return compileDot(s.routine, isa_).lookUp; });
    const double perMember = std::max(kept(), 1.0) / double(count_);
    const int64_t parts = mode() == Mode::always ? 3 : 16;
    b->tile = std::clamp<int64_t>(int64_t(kTileBytes / perMember), 1, std::max<int64_t>(1, (count_ + parts - 1) / parts));
    if (mode() == Mode::usual) {
      b->tile = wholeRegisters(b->tile, from, length);
      if (perMember * double(b->tile) > kMostTileBytes) return nullptr;
    }
    b->tiles = (count_ + b->tile - 1) / b->tile;
    b->last = count_ - (b->tiles - 1) * b->tile;
    const auto take = [&](size_t bytes) { return std::exchange(b->tileBytes, b->tileBytes + (bytes + 127) / 64 * 64); };
    for (const auto& [slot, s] : slots_) {
      if (!isOwn(slot) || sums_.into.count(slot) != 0) continue;
      const Slot& x = plan_.slots[size_t(slot)];
      own_[slot] = int64_t(take(size_t(x.size / count_ * b->tile) * bytesOf(x.dtype)));
    }
    for (const auto& [slot, into] : sums_.into) own_[slot] = own_.at(into);
    size_t scratch = 0;
    for (size_t i = 0; i < length; i++) {
      const Step& step = steps_[from + i];
      BandStep made;
      if (step.kind == Step::Kind::kernel) {
        made.kernel = kernelFor(step, axes_[i], b->tile, made.operands);
        if (b->last != b->tile) made.lastKernel = kernelFor(step, axes_[i], b->last, made.lastOperands);
        for (const auto* k : {made.kernel.get(), made.lastKernel.get()}) if (k != nullptr) scratch = std::max(scratch, k->scratchTotal());
        b->work += made.kernel->work * double(b->tiles);
      } else {
        dotFor(step, made);
        shareSpikes(*b, from, i, made, take);
        made.sharedOffset = b->sharedBytes;
        b->sharedBytes += (made.dot->sharedBytes + 127) / 64 * 64;
        scratch = std::max(scratch, made.dot->scratchBytes);
        b->work += made.dot->work;
      }
      b->steps.push_back(std::move(made));
    }
    b->tileOffset = (scratch + 63) / 64 * 64;
    b->scratchBytes = b->tileOffset + b->tileBytes;
    return b;
  }

 private:
  static bool isDot(const Step& s) { return s.kind == Step::Kind::routine && s.routine.kind == Routine::Kind::dot; }

  // ---- is it local?

  bool touchesOf(const Step& step, std::vector<Touch>& touches, int& axis) const {
    if (step.kind == Step::Kind::kernel) return kernelTouches(step, touches, axis);
    return isDot(step) && dotTouches(step, touches);
  }

  // The axis along which the partition runs: the one for which most accesses tell its members apart, and all stores do.
  bool kernelTouches(const Step& step, std::vector<Touch>& best, int& axis) const {
    const Kernel& k = step.kernel;
    int most = -1;
    for (int a = 0; a < int(k.space.size()); a++) {
      if (a == k.time || k.reduced[size_t(a)] || k.space[size_t(a)] % count_ != 0 || k.space[size_t(a)] == 0) continue;
      if (std::any_of(k.nodes.begin(), k.nodes.end(), [&](const Node& n) { return n.op == Op::index && n.target == a; })) continue;
      std::vector<Touch> touches;
      int told = 0;
      bool stores = true;
      for (size_t i = 0; i < k.loads.size(); i++) touches.push_back(touchOf(step.ins[i], k.loads[i], k, a, false));
      for (size_t i = 0; i < k.stores.size(); i++) touches.push_back(touchOf(step.outs[i], k.stores[i], k, a, true));
      for (const Touch& t : touches) {
        told += t.run > 0;
        stores = stores && (!t.writes || t.run > 0);
      }
      if (stores && told > most) most = told, axis = a, best = touches;
    }
    return most > 0;
  }

  Touch touchOf(const Operand& o, const Access& x, const Kernel& k, int axis, bool writes) const {
    Touch t{o.slot, writes, -1, steady(o), 1};
    for (size_t b = 0; b < k.space.size(); b++) if (x.strides[b] != 0) t.elements *= k.space[b];
    const int64_t stride = x.strides[size_t(axis)], length = k.space[size_t(axis)] / count_;
    if (stride <= 0) return t;
    const int64_t run = length * stride, period = run * count_;
    const int64_t start = o.offset + x.offset;
    if (start < 0) return t;
    int64_t low = start % period, high = low + (length - 1) * stride;
    for (int b = 0; b < int(k.space.size()); b++) {
      const int64_t s = x.strides[size_t(b)];
      if (b == axis || s % period == 0) continue;
      const int64_t reach = s * (k.space[size_t(b)] - 1);
      (reach < 0 ? low : high) += reach;
    }
    for (int64_t by : o.advance) if (by % period != 0) return t;
    if (low >= 0 && high < run) t.run = run;
    return t;
  }

  bool dotTouches(const Step& step, std::vector<Touch>& touches) const {
    const Routine& r = step.routine;
    if (r.batch < 1 || r.m % count_ != 0 || r.m == 0 || r.n == 0 || r.k == 0) return false;
    const DotProgram d = compileDot(r, isa_);
    if (d.way != DotProgram::Way::panels && d.way != DotProgram::Way::fewColumns) return false;
    const auto fits = [&](const Operand& o, int64_t row, int64_t inside, int64_t batch) {
      const int64_t period = row * count_;
      // Of a part that begins later, at another step of time say, a tile would have to know where its own begins.
      if (row <= 0 || inside >= row || (r.batch > 1 && batch % period != 0) || o.offset < 0 || o.offset + inside >= row) return false;
      for (int64_t by : o.advance) if (by % period != 0) return false;
      return true;
    };
    const bool a = r.aK >= 0 && fits(step.ins[0], r.aM, (r.k - 1) * r.aK, r.aBatch);
    const bool c = fits(step.outs[0], r.n, r.n - 1, r.m * r.n);
    touches.push_back({step.ins[0].slot, false, a ? r.aM : -1, steady(step.ins[0]), 0});
    touches.push_back({step.ins[1].slot, false, -1, steady(step.ins[1]), 0});
    touches.push_back({step.outs[0].slot, true, c ? r.n : -1, steady(step.outs[0]), r.batch * r.m * r.n});
    return c;
  }

  static bool steady(const Operand& o) {
    return std::all_of(o.advance.begin(), o.advance.end(), [](int64_t by) { return by == 0; });
  }

  // Takes a step into the band, unless a buffer that the band writes would be touched across members.
  bool add(const std::vector<Touch>& touches) {
    std::map<int, Slots> next = slots_;
    for (const Touch& t : touches) {
      if (plan_.slots[size_t(t.slot)].size % count_ != 0 && t.writes) return false;
      Slots& s = next[t.slot];
      if (s.uses == 0) s.filledFirst = t.writes && t.elements == plan_.slots[size_t(t.slot)].size;
      s.uses++;
      s.steady = s.steady && t.steady;
      s.written = s.written || t.writes;
      if (s.run == 0) s.run = t.run;
      else if (s.run != t.run) s.run = -1;
    }
    for (const auto& [slot, s] : next) if (s.written && s.run < 0) return false;
    slots_ = std::move(next);
    return true;
  }

  // Whether slots share memory in which the members of one do not lie where those of the other do.
  bool mixed() const {
    for (const auto& [x, a] : slots_) {
      for (const auto& [y, b] : slots_) {
        if (x >= y || !(a.written || b.written) || !mayAlias(plan_, {x, 0, {}}, {y, 0, {}})) continue;
        if (own(x, a) || own(y, b)) continue;
        const Slot &p = plan_.slots[size_t(x)], &q = plan_.slots[size_t(y)];
        const bool same = p.kind != Slot::Kind::temporary || p.byteOffset == q.byteOffset;
        if (!same || a.run != b.run || a.run < 0 || bytesOf(p.dtype) != bytesOf(q.dtype)) return true;
      }
    }
    return false;
  }

  // Needed by no step outside, nor by the next round of a loop.
  bool own(int slot, const Slots& s) const {
    return plan_.slots[size_t(slot)].kind == Slot::Kind::temporary && s.filledFirst && s.steady && s.run > 0 && s.uses == uses_[size_t(slot)] &&
      plan_.slots[size_t(slot)].size % (s.run * count_) == 0;
  }
  bool isOwn(int slot) const { return own(slot, slots_.at(slot)); }

  // A tile whose products of spikes fill their registers of 16 rows, two at a time, and pay for tables that come from far.
  int64_t wholeRegisters(int64_t tile, size_t from, size_t length) const {
    int64_t multiple = 1, least = 1;
    double tables = 0;
    for (size_t i = from; i < from + length; i++) {
      if (!isDot(steps_[i])) continue;
      const DotProgram d = compileDot(steps_[i].routine, isa_);
      // Rows in one piece: those of all repeats where they are the tile's own, else those of its members.
      const bool inTile = isOwn(steps_[i].ins[0].slot) && isOwn(steps_[i].outs[0].slot);
      const int64_t repeats = inTile ? d.r.m / count_ : 1;
      if (!d.lookUp) {
        if (d.way == DotProgram::Way::panels && repeats == 1) multiple = std::max(multiple, std::min(kLeastDense, d.r.m));
        continue;
      }
      const auto members = [&](int64_t rows) { return rows / std::__gcd<int64_t>(repeats, rows); };
      multiple = std::max(multiple, members(2 * kSpikeRows));
      least = std::max(least, members(kLeastRows));
      tables += double(d.panelBytes);
    }
    if (tables > kManyTables) multiple = least;
    return std::min(std::max(tile - tile % multiple, multiple), count_);
  }

  // Products of the same spikes find out once who fired.
  template <class Take>
  void shareSpikes(BandProgram& b, size_t from, size_t i, BandStep& made, Take take) const {
    const Routine& r = steps_[from + i].routine;
    const auto mayShare = [](const BandStep& s) { return s.dot && s.dot->lookUp && s.dot->batchTasks == 1 && s.aInTile && s.cInTile; };
    if (!mayShare(made)) return;
    made.patterns = int64_t(take(patternBytes(*made.dot, made.repeats * b.tile)));
    for (size_t j = i; j-- > 0;) {
      const Step& other = steps_[from + j];
      const Routine& q = other.routine;
      if (std::any_of(other.outs.begin(), other.outs.end(), [&](const Operand& o) { return o.slot == steps_[from + i].ins[0].slot; })) return;
      if (!mayShare(b.steps[j]) || !sameOperand(other.ins[0], steps_[from + i].ins[0]) || q.m != r.m || q.k != r.k || q.aM != r.aM || q.aK != r.aK) continue;
      made.patterns = b.steps[j].patterns;
      made.found = true;
      return;
    }
  }

  // ---- steps of a tile

  static OperandPlace inTileAt(int64_t offset) {
    OperandPlace p;
    p.in = OperandPlace::In::tile;
    p.offset = offset;
    return p;
  }

  // A distance in the whole buffer as one in a tile's: what passes over whole partitions shrinks with them.
  int64_t shrunk(int64_t distance, int64_t run, int64_t tile) const {
    const int64_t period = run * count_;
    const int64_t inside = ((distance % period) + period) % period;
    // Small steps back are not a whole period less.
    if (distance < 0 && -distance < run) return distance;
    return (distance - inside) / period * run * tile + inside;
  }

  std::unique_ptr<KernelProgram> kernelFor(const Step& step, int axis, int64_t tile, std::vector<OperandPlace>& operands) const {
    const auto summed = sums_.kernels.find(&step);
    Kernel k = summed == sums_.kernels.end() ? step.kernel : summed->second;
    const int64_t length = k.space[size_t(axis)] / count_;
    k.space[size_t(axis)] = length * tile;
    const auto move = [&](const Operand& o, Access& x) {
      OperandPlace p = placeOf(plan_, o, x.dtype);
      p.member = length * x.strides[size_t(axis)] * int64_t(bytesOf(x.dtype));
      const auto mine = own_.find(o.slot);
      if (mine != own_.end()) {
        const int64_t run = slots_.at(o.slot).run;
        x.offset = shrunk(o.offset + x.offset, run, tile);
        for (size_t b = 0; b < x.strides.size(); b++) if (int(b) != axis) x.strides[b] = shrunk(x.strides[b], run, tile);
        p = inTileAt(mine->second);
      }
      operands.push_back(p);
    };
    for (size_t i = 0; i < k.loads.size(); i++) move(step.ins[i], k.loads[i]);
    for (size_t i = 0; i < k.stores.size(); i++) move(step.outs[i], k.stores[i]);
    return std::make_unique<KernelProgram>(compileKernel(k, isa_, [&](size_t load, size_t store) { return mayAlias(plan_, step.ins[load], step.outs[store]); }, true));
  }

  void dotFor(const Step& step, BandStep& made) const {
    const Routine& r = step.routine;
    made.dot = std::make_unique<DotProgram>(compileDot(r, isa_));
    made.repeats = r.m / count_;
    made.add = sums_.into.count(step.outs[0].slot) != 0;
    const int64_t bytes = int64_t(bytesOf(r.dtype));
    const auto put = [&](const Operand& o, int64_t member, bool& inTile) {
      OperandPlace p = placeOf(plan_, o, r.dtype);
      p.member = member * bytes;
      const auto mine = own_.find(o.slot);
      inTile = mine != own_.end();
      if (inTile) p = inTileAt(mine->second + o.offset * bytes);
      made.operands.push_back(p);
    };
    bool ignored = false;
    put(step.ins[0], r.aM, made.aInTile);
    put(step.ins[1], 0, ignored);
    put(step.outs[0], r.n, made.cInTile);
  }

  const Plan& plan_;
  const std::vector<Step>& steps_;
  const std::vector<int>& uses_;
  const Isa& isa_;
  int64_t count_ = 1;
  std::map<int, Slots> slots_;
  std::map<int, int64_t> own_;  // slot to its place in a tile's memory
  BandSums sums_;
  std::vector<int> axes_;
};

void countIn(const std::vector<Step>& steps, std::vector<int>& uses) {
  for (const Step& s : steps) {
    for (const auto* list : {&s.ins, &s.outs}) for (const Operand& o : *list) uses[size_t(o.slot)]++;
    countIn(s.body, uses);
  }
}

}  // namespace

int64_t BandProgram::packTasks() const {
  int64_t tasks = 0;
  for (const BandStep& s : steps) if (s.dot) tasks += dotTasks(*s.dot, 0);
  return tasks;
}

std::vector<int> countUses(const Plan& plan) {
  std::vector<int> uses(plan.slots.size(), 0);
  countIn(plan.steps, uses);
  return uses;
}

std::unique_ptr<BandProgram> makeBand(const Plan& plan, const std::vector<Step>& steps, size_t from, const std::vector<int>& uses, const Isa& isa, size_t& taken) {
  BandMaker maker(plan, steps, uses, isa);
  int64_t best = 0;
  const bool always = mode() == Mode::always;
  double bestKept = always ? 0 : kLeastKept;
  if (mode() == Mode::off) return nullptr;
  for (const int64_t count : maker.candidates(from)) {
    if (count < (always ? 2 : 16)) continue;
    const size_t length = maker.grow(from, count);
    if (length < 2 || maker.kept() < bestKept) continue;
    best = count, bestKept = maker.kept();
  }
  if (best == 0) return nullptr;
  taken = maker.grow(from, best);
  return maker.build(from, taken);
}

OperandPlace placeOf(const Plan& plan, const Operand& operand, DType dtype) {
  const Slot& slot = plan.slots[size_t(operand.slot)];
  const int64_t bytes = int64_t(bytesOf(dtype));
  OperandPlace p;
  if (slot.kind == Slot::Kind::temporary) {
    p.offset = p.slotFrom = slot.byteOffset;
    p.slotTo = slot.byteOffset + slot.size * int64_t(bytesOf(slot.dtype));
  } else {
    p.in = OperandPlace::In::argument;
    p.argument = int(slot.index + (slot.kind == Slot::Kind::output ? plan.inputs : 0));
  }
  p.offset += operand.offset * bytes;
  for (int64_t by : operand.advance) p.advance.push_back(by * bytes);
  return p;
}

bool mayAlias(const Plan& plan, const Operand& x, const Operand& y) {
  const Slot& a = plan.slots[size_t(x.slot)];
  const Slot& b = plan.slots[size_t(y.slot)];
  using Kind = Slot::Kind;
  if (a.kind == Kind::temporary && b.kind == Kind::temporary) {
    const int64_t endA = a.byteOffset + a.size * int64_t(bytesOf(a.dtype)), endB = b.byteOffset + b.size * int64_t(bytesOf(b.dtype));
    return a.byteOffset < endB && b.byteOffset < endA;
  }
  if (a.kind == Kind::temporary || b.kind == Kind::temporary) return false;
  if (a.kind == b.kind) return a.index == b.index;
  const Slot& out = a.kind == Kind::output ? a : b;
  const Slot& in = a.kind == Kind::output ? b : a;
  return plan.donations[size_t(out.index)] == in.index;
}

}  // namespace spikeward
