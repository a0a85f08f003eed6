#include "codegen/fuse.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "codegen/fusible.hpp"

namespace spikeward {

#if defined(__linux__) && defined(__x86_64__)

bool mayFuse() {
  const char* set = std::getenv("SPIKEWARD_FUSE");
  return set == nullptr || std::string(set) != "off";
}

#else

bool mayFuse() { return false; }

#endif

namespace {

using Code = MachineCode;

// Registers that a run of operations may use: vectors 0 … 23 for values, 24 … 28 for values that are the same in every
// round, 29 … 31 for constants. rdi: the table of places, rsi: bytes of a row, rcx: where the loop is, rax: scratch.
constexpr int kValues = 24, kFirstUniform = 24, kUniforms = 5, kOnes = 29, kSign = 30, kFloatOne = 31;
constexpr int kRax = 0, kRcx = 1, kRsi = 6, kRdi = 7;
constexpr int kPointers[] = {2, 8, 9, 10, 11, 3, 5, 12, 13, 14, 15};
constexpr int kFirstSaved = 5;  // of kPointers

constexpr Code::Form kLoad{Code::NP, Code::M0F, 0x10}, kStore{Code::NP, Code::M0F, 0x11}, kBroadcast{Code::P66, Code::M0F38, 0x18};
constexpr Code::Form kMove{Code::NP, Code::M0F, 0x28}, kBroadcastGeneral{Code::P66, Code::M0F38, 0x7c};
constexpr Code::Form kAnd{Code::P66, Code::M0F, 0xdb}, kAndNot{Code::P66, Code::M0F, 0xdf}, kOr{Code::P66, Code::M0F, 0xeb}, kXor{Code::P66, Code::M0F, 0xef};
constexpr Code::Form kCompareFloat{Code::NP, Code::M0F, 0xc2}, kCompareSigned{Code::P66, Code::M0F3A, 0x1f}, kCompareUnsigned{Code::P66, Code::M0F3A, 0x1e};
constexpr Code::Form kTestNonZero{Code::P66, Code::M0F38, 0x27}, kBlend{Code::P66, Code::M0F38, 0x65};

// One run of operations.
class Fuser {
 public:
  Fuser(Code& code, const std::vector<Instruction>& list, size_t from, size_t to, const std::vector<bool>& stored) : c(code), list_(list), from_(from), to_(to), stored_(stored) {}

  void emit() {
    for (size_t i = from_; i < to_; i++) {
      const int* args[] = {&list_[i].x, &list_[i].y, &list_[i].z};
      for (int a = 0; a < argumentCount(list_[i]); a++) reads_[*args[a]].push_back(i);
    }
    prologue();
    const size_t top = c.bytes.size();
    for (at_ = from_; at_ < to_; at_++) one(list_[at_]);
    c.addImmediate(kRcx, 64);
    c.compare(kRcx, kRsi);
    c.jumpBelow(top);
    for (size_t i = saved_; i-- > 0;) c.pop(kPointers[kFirstSaved + i]);
    c.put({0xc5, 0xf8, 0x77, 0xc3});  // vzeroupper, ret
  }

 private:
  struct Value {
    int vector = -1, mask = -1;
    size_t lastRead = 0;
  };

  // Pointers of the rows, values that do not change from round to round, constants.
  void prologue() {
    std::vector<int> rows, uniforms;
    std::map<int, bool> defined;
    const auto note = [](std::vector<int>& list, int place) { if (std::find(list.begin(), list.end(), place) == list.end()) list.push_back(place); };
    for (size_t i = from_; i < to_; i++) {
      const Instruction& in = list_[i];
      const int args[] = {in.x, in.y, in.z};
      for (int a = 0; a < argumentCount(in); a++) {
        if (in.uniformArgs & 1u << a || in.spread) note(uniforms, args[a]);
        else if (!defined[args[a]]) note(rows, args[a]);
      }
      if (!defined[in.r] && stored_[size_t(in.r)]) note(rows, in.r);
      defined[in.r] = true;
    }
    const size_t inRegisters = std::min<size_t>(rows.size(), std::size(kPointers));
    saved_ = inRegisters > size_t(kFirstSaved) ? inRegisters - kFirstSaved : 0;
    for (size_t i = 0; i < saved_; i++) c.push(kPointers[kFirstSaved + i]);
    for (size_t i = 0; i < inRegisters; i++) {
      pointers_[rows[i]] = kPointers[i];
      c.loadPointer(kPointers[i], kRdi, rows[i] * 8);
    }
    for (size_t i = 0; i < uniforms.size() && i < size_t(kUniforms); i++) {
      c.loadPointer(kRax, kRdi, uniforms[i] * 8);
      c.memory(kBroadcast, kFirstUniform + int(i), 0, kRax, -1);
      uniforms_[uniforms[i]] = kFirstUniform + int(i);
    }
    const uint32_t constants[] = {1, 0x80000000u, 0x3f800000u};
    for (int i = 0; i < 3; i++) {
      c.loadImmediate(kRax, constants[i]);
      c.vector(kBroadcastGeneral, kOnes + i, 0, kRax);
    }
    c.clear(kRcx);
  }

  // ---- registers

  size_t lastReadOf(int place) const {
    // Until the place is written again.
    size_t end = to_;
    for (size_t i = at_ + 1; i < to_; i++) if (list_[i].r == place) { end = i; break; }
    size_t last = at_;
    const auto found = reads_.find(place);
    if (found != reads_.end()) for (size_t i : found->second) if (i <= end) last = std::max(last, i);
    return last;
  }

  int freeVector() {
    for (int v = 0; v < kValues; v++) if (!vectorUsed_[v]) return vectorUsed_[v] = true, v;
    return -1;
  }
  int freeMask() {
    for (int m = 1; m < 8; m++) if (!maskUsed_[m]) return maskUsed_[m] = true, m;
    return -1;
  }
  void drop(Value& v) {
    if (v.vector >= 0 && v.vector < kValues) vectorUsed_[v.vector] = false;
    if (v.mask >= 0) maskUsed_[v.mask] = false;
    v = {};
  }
  int pointerOf(int place) {
    const auto found = pointers_.find(place);
    if (found != pointers_.end()) return found->second;
    c.loadPointer(kRax, kRdi, place * 8);
    return kRax;
  }

  // The value of an argument in a vector register.
  int vectorOf(int place, bool uniform) {
    if (uniform) {
      const auto found = uniforms_.find(place);
      if (found != uniforms_.end()) return found->second;
      const int v = freeVector();
      c.loadPointer(kRax, kRdi, place * 8);
      c.memory(kBroadcast, v, 0, kRax, -1);
      temporaries_.push_back(v);
      return v;
    }
    Value& value = values_[place];
    if (value.vector >= 0) return value.vector;
    value.vector = freeVector();
    if (value.mask >= 0) {
      c.vector(kMove, value.vector, 0, kOnes, value.mask, true);
    } else {
      c.memory(kLoad, value.vector, 0, pointerOf(place), kRcx);
      value.lastRead = lastReadOf(place);
    }
    return value.vector;
  }
  // A condition in a mask register.
  int maskOf(int place) {
    Value& value = values_[place];
    if (value.mask >= 0) return value.mask;
    const int v = vectorOf(place, false);
    Value& same = values_[place];
    const int m = freeMask();
    const int to = m < 0 ? 0 : m;
    if (m < 0) return -1;
    c.vector(kTestNonZero, to, v, v);
    same.mask = m;
    return m;
  }

  // ---- operations

  void one(const Instruction& in) {
    const int args[] = {in.x, in.y, in.z};
    const auto argument = [&](int a) { return vectorOf(args[a], in.spread || (in.uniformArgs & 1u << a)); };
    Value result;
    if (isComparison(in.op) && !in.spread) {
      const int x = argument(0), y = argument(1);
      static constexpr uint8_t floats[] = {0x11, 0x12, 0x00, 0x04}, integers[] = {1, 2, 0, 4};
      const bool real = in.from == DType::f32;
      int m = freeMask();
      const bool kept = m >= 0;
      if (!kept) {
        // No mask is free: one is taken from a value that gets a vector for it.
        m = takeMask();
      }
      c.vector(real ? kCompareFloat : in.from == DType::i32 ? kCompareSigned : kCompareUnsigned, m, x, y);
      c.byte((real ? floats : integers)[int(in.op) - int(Op::lt)]);
      result.mask = m;
      if (stored_[size_t(in.r)]) {
        result.vector = freeVector();
        c.vector(kMove, result.vector, 0, kOnes, m, true);
      }
    } else if (in.op == Op::select && !in.spread) {
      int m = maskOf(in.x);
      if (m < 0) {
        m = takeMask();
        c.vector(kTestNonZero, m, vectorOf(in.x, false), vectorOf(in.x, false));
        values_[in.x].mask = m;
      }
      const int y = argument(1), z = argument(2);
      result.vector = freeVector();
      c.vector(kBlend, result.vector, z, y, m);
    } else if (in.op == Op::cast && in.dtype == DType::f32 && in.from == DType::boolean && !in.spread && values_[in.x].mask >= 0) {
      result.vector = freeVector();
      c.vector(kMove, result.vector, 0, kFloatOne, values_[in.x].mask, true);
    } else {
      const int x = argument(0), y = argumentCount(in) > 1 ? argument(1) : x;
      result.vector = freeVector();
      compute(in, result.vector, x, y);
    }
    finish(in, result);
  }

  void compute(const Instruction& in, int to, int x, int y) {
    Code::Form form;
    if (in.spread || in.op == Op::bitcast) return c.vector(kMove, to, 0, x);
    switch (in.op) {
      case Op::neg: return c.vector(kXor, to, x, kSign);
      case Op::abs: return c.vector(kAndNot, to, kSign, x);
      case Op::sqrt: return c.vector({Code::NP, Code::M0F, 0x51}, to, 0, x);
      case Op::logicalNot: return c.vector(kXor, to, x, kOnes);
      case Op::cast: return cast(in, to, x);
      case Op::max:
      case Op::min:
        if (in.dtype != DType::f32) break;
        // The instruction gives its second operand where either is NaN; where x is NaN it is x that is wanted.
        c.vector({Code::NP, Code::M0F, uint8_t(in.op == Op::max ? 0x5f : 0x5d)}, to, x, y);
        withMask([&](int m) {
          c.vector(kCompareFloat, m, x, x);
          c.byte(3);
          c.vector(kMove, to, 0, x, m);
        });
        return;
      default: break;
    }
    simpleForm(in, form);
    c.vector(form, to, x, y);
  }

  void cast(const Instruction& in, int to, int x) {
    if (in.dtype == DType::f32) {
      return in.from == DType::u32 ? c.vector({Code::PF2, Code::M0F, 0x7a}, to, 0, x) : c.vector({Code::NP, Code::M0F, 0x5b}, to, 0, x);
    }
    if (in.dtype != DType::boolean || in.from == DType::boolean) return c.vector(kMove, to, 0, x);
    withMask([&](int m) {
      c.vector(kTestNonZero, m, x, x);
      c.vector(kMove, to, 0, kOnes, m, true);
    });
  }

  template <class F>
  void withMask(F f) {
    int m = freeMask();
    if (m < 0) m = takeMask();
    f(m);
    maskUsed_[m] = false;
  }

  // Frees the mask of some value, which is kept in a vector instead.
  int takeMask() {
    for (auto& [place, value] : values_) {
      if (value.mask < 0) continue;
      if (value.vector < 0) vectorOf(place, false);
      const int m = values_[place].mask;
      values_[place].mask = -1;
      return m;
    }
    return 1;
  }

  // Stores the result where its row is needed, and lets go of what is not read again.
  void finish(const Instruction& in, Value result) {
    if (stored_[size_t(in.r)]) c.memory(kStore, result.vector, 0, pointerOf(in.r), kRcx);
    drop(values_[in.r]);
    result.lastRead = lastReadOf(in.r);
    values_[in.r] = result;
    for (int v : temporaries_) vectorUsed_[v] = false;
    temporaries_.clear();
    for (auto& [place, value] : values_) if ((value.vector >= 0 || value.mask >= 0) && value.lastRead <= at_) drop(value);
  }

  Code& c;
  const std::vector<Instruction>& list_;
  size_t from_, to_, at_ = 0, saved_ = 0;
  const std::vector<bool>& stored_;
  std::map<int, std::vector<size_t>> reads_;
  std::map<int, int> pointers_, uniforms_;
  std::map<int, Value> values_;
  std::vector<int> temporaries_;
  bool vectorUsed_[kValues] = {}, maskUsed_[8] = {};
};

// Most values that a run of operations has in registers at once, were it to end at `to`.
size_t pressure(const std::vector<Instruction>& list, size_t from, size_t to) {
  std::map<int, size_t> last;
  for (size_t i = from; i < to; i++) {
    const int args[] = {list[i].x, list[i].y, list[i].z};
    for (int a = 0; a < argumentCount(list[i]); a++) last[args[a]] = i;
  }
  std::map<int, bool> live;
  size_t most = 0;
  for (size_t i = from; i < to; i++) {
    const int args[] = {list[i].x, list[i].y, list[i].z};
    for (int a = 0; a < argumentCount(list[i]); a++) live[args[a]] = true;
    live[list[i].r] = true;
    most = std::max(most, live.size());
    for (auto it = live.begin(); it != live.end();) {
      const auto found = last.find(it->first);
      it = found == last.end() || found->second <= i ? live.erase(it) : std::next(it);
    }
  }
  return most;
}

}  // namespace

void fuseRows(KernelProgram& program, const std::vector<bool>& kept) {
  struct Run {
    Level level;
    size_t from, to, code;
  };
  Code code;
  std::vector<Run> runs;
  for (int l = 0; l < kLevels; l++) {
    const std::vector<Instruction>& list = program.lists[l];
    for (size_t i = 0; i < list.size();) {
      if (!canFuse(list[i])) {
        i++;
        continue;
      }
      size_t end = i + 1;
      while (end < list.size() && canFuse(list[end]) && pressure(list, i, end + 1) <= size_t(kValues) - 3) end++;
      if (end - i >= 2) {
        // A row must be written where it is kept, or read outside of this run.
        std::vector<bool> stored = kept;
        for (int m = 0; m < kLevels; m++) {
          for (size_t j = 0; j < program.lists[m].size(); j++) {
            if (m == l && j >= i && j < end) continue;
            const Instruction& in = program.lists[m][j];
            for (int place : {in.x, in.y, in.z}) stored[size_t(place)] = true;
          }
        }
        runs.push_back({Level(l), i, end, code.bytes.size()});
        Fuser(code, list, i, end, stored).emit();
      }
      i = end;
    }
  }
  if (runs.empty()) return;
  std::shared_ptr<RunnableCode> runnable(RunnableCode::make(code.bytes));
  if (!runnable) return;
  for (size_t r = runs.size(); r-- > 0;) {
    std::vector<Instruction>& list = program.lists[runs[r].level];
    Instruction fused;
    fused.kind = Instruction::fused;
    fused.code = reinterpret_cast<void (*)(char**, size_t)>(reinterpret_cast<uintptr_t>(runnable->at(runs[r].code)));
    fused.access = int(runs[r].to - runs[r].from);
    list.erase(list.begin() + ptrdiff_t(runs[r].from), list.begin() + ptrdiff_t(runs[r].to));
    list.insert(list.begin() + ptrdiff_t(runs[r].from), fused);
  }
  program.code = runnable;
}

}  // namespace spikeward
