// Row operations for 64-bit Arm: 32 vectors of 128 bits; a condition is a vector of all ones or all zeros in each
// element.
#include "codegen/arm/armCode.hpp"
#include "codegen/rowTarget.hpp"

namespace spikeward {
namespace {

using A = ArmCode;

class NeonRows final : public RowTarget {
 public:
  NeonRows() : c(bytes) {}

  int vectors() const override { return 32; }
  int conditions() const override { return 0; }
  int pointers() const override { return kPointers; }

  bool encodes(const Instruction& i) const override {
    A::Form form;
    switch (i.op) {
      case Op::neg:
      case Op::abs: return i.dtype == DType::f32;
      case Op::sqrt:
      case Op::select:
      case Op::bitcast: return true;
      case Op::logicalNot: return i.dtype == DType::boolean;
      case Op::cast: return !isFloat(i.from);
      case Op::shiftLeft:
      case Op::shiftRight: return i.smallShift;
      case Op::max:
      case Op::min: return true;
      default: return (i.op >= Op::lt && i.op <= Op::ne) || formOf(i, form);
    }
  }
  bool takesMemory(const Instruction&) const override { return false; }
  Temporary temporaryOf(const Instruction& i) const override {
    const bool extreme = (i.op == Op::max || i.op == Op::min) && i.dtype == DType::f32;
    return extreme || i.op == Op::shiftRight ? Temporary::vector : Temporary::none;
  }

  void enter(const std::vector<int>& held) override {
    c.pushEight(8);
    for (size_t i = 0; i < held.size(); i++) loadPlace(kFirstPointer + int(i), held[i]);
  }
  void beginLoop() override {
    c.loadImmediate(kAt, 0);
    c.move(kRows, kScratch);
    top_ = bytes.size();
  }
  void leave() override {
    c.addImmediate(kAt, kVectorBytes);
    c.addImmediate(kRows, kVectorBytes);
    c.compare(kAt, kBytes);
    c.jumpBelow(top_);
    c.popEight(8);
    c.ret();
  }

  void load(int to, const RowAddress& from) override {
    const Place p = placeOf(from);
    if (p.index < 0) c.loadVector(to, p.base, p.offset);
    else c.loadVectorAt(to, p.base, p.index);
  }
  void store(int from, const RowAddress& to) override {
    const Place p = placeOf(to);
    if (p.index < 0) c.storeVector(from, p.base, p.offset);
    else c.storeVectorAt(from, p.base, p.index);
  }
  void move(int to, int from) override {
    if (to != from) c.vector(A::ORR, to, from, from);
  }

  void compute(const Instruction& i, int to, int x, const RowOperand& operand, int temporary) override {
    const int y = operand.vector;
    switch (i.op) {
      case Op::neg: return c.vector(A::FNEG, to, y);
      case Op::abs: return c.vector(A::FABS, to, y);
      case Op::sqrt: return c.vector(A::FSQRT, to, y);
      case Op::logicalNot:
        c.vector(A::CMEQ0, to, y);
        return c.shiftRight(to, to, 31);
      case Op::bitcast: return move(to, y);
      case Op::cast: return cast(i, to, y);
      case Op::shiftLeft: return c.vector(A::USHL, to, x, y);
      case Op::shiftRight:
        // A shift to the right is a shift to the left by a negative amount.
        c.vector(A::NEG, to, y);
        return c.vector(i.dtype == DType::i32 ? A::SSHL : A::USHL, to, x, to);
      case Op::max:
      case Op::min:
        if (i.dtype == DType::f32) return extreme(i.op == Op::max, to, x, y, temporary);
        break;
      default: break;
    }
    A::Form form = A::ADD;
    formOf(i, form);
    c.vector(form, to, x, y);
  }

  void compare(const Instruction& i, int to, int x, const RowOperand& operand, int) override {
    const int y = operand.vector;
    const bool real = i.from == DType::f32, isSigned = i.from == DType::i32;
    switch (i.op) {
      case Op::lt: return c.vector(real ? A::FCMGT : isSigned ? A::CMGT : A::CMHI, to, y, x);
      case Op::le: return c.vector(real ? A::FCMGE : isSigned ? A::CMGE : A::CMHS, to, y, x);
      default: c.vector(real ? A::FCMEQ : A::CMEQ, to, x, y);
    }
    if (i.op == Op::ne) c.vector(A::NOT, to, to);
  }
  void select(int to, int condition, int x, int y) override {
    if (to == x) return c.vector(A::BIF, to, y, condition);
    if (to == y) return c.vector(A::BIT, to, x, condition);
    move(to, condition);
    c.vector(A::BSL, to, x, y);
  }
  // The constants are 1 and 1.0, which are all ones shifted.
  void fromCondition(int to, int condition, RowConstant which) override {
    c.shiftRight(to, condition, which == RowConstant::floatOne ? 25 : 31);
    if (which == RowConstant::floatOne) c.shiftLeft(to, to, 23);
  }
  void toCondition(int to, int from) override { c.vector(A::CMTST, to, from, from); }

 private:
  // x0: the table of places, x1: bytes, x2: scratch memory, x3: loop offset, x4: scratch memory at that offset, x16 and
  // x17: temporaries.
  static constexpr int kTable = 0, kBytes = 1, kScratch = 2, kAt = 3, kRows = 4, kFirstPointer = 5, kPointers = 11, kAddress = 16, kOffset = 17;
  static constexpr uint32_t kVectorBytes = 16;

  struct Place {
    int base, index;  // index < 0: none, but an offset
    int32_t offset;
  };

  void loadPlace(int to, int place) {
    c.loadImmediate(kOffset, uint32_t(place) * 8);
    c.loadPointerAt(to, kTable, kOffset);
  }

  Place placeOf(const RowAddress& a) {
    if (a.in == RowAddress::In::scratch) {
      const int base = a.moves ? kRows : kScratch;
      if (A::isNear(a.at)) return {base, -1, a.at};
      c.loadImmediate(kOffset, uint32_t(a.at));
      return {base, kOffset, 0};
    }
    const int base = a.pointer >= 0 ? kFirstPointer + a.pointer : kAddress;
    if (a.pointer < 0) loadPlace(base, a.at);
    return {base, a.moves ? kAt : -1, 0};
  }

  // The operation as one instruction.
  static bool formOf(const Instruction& i, A::Form& form) {
    const bool real = i.dtype == DType::f32, isSigned = i.dtype == DType::i32;
    switch (i.op) {
      case Op::add: return form = real ? A::FADD : A::ADD, true;
      case Op::sub: return form = real ? A::FSUB : A::SUB, true;
      case Op::mul: return form = real ? A::FMUL : A::MUL, true;
      case Op::div: return form = A::FDIV, real;
      case Op::max: return form = isSigned ? A::SMAX : A::UMAX, true;
      case Op::min: return form = isSigned ? A::SMIN : A::UMIN, true;
      case Op::bitAnd: return form = A::AND, true;
      case Op::bitOr: return form = A::ORR, true;
      case Op::bitXor: return form = A::EOR, true;
      default: return false;
    }
  }

  // x if x is beyond y or NaN, else y. (NEON's own instruction would choose the other zero of 0 and −0.)
  void extreme(bool max, int to, int x, int y, int temporary) {
    c.vector(A::FCMGT, to, max ? x : y, max ? y : x);
    c.vector(A::FCMEQ, temporary, x, x);
    c.vector(A::ORN, to, to, temporary);
    c.vector(A::BSL, to, x, y);
  }

  void cast(const Instruction& i, int to, int y) {
    if (i.dtype == DType::f32) return c.vector(i.from == DType::u32 ? A::UCVTF : A::SCVTF, to, y);
    if (i.dtype != DType::boolean || i.from == DType::boolean) return move(to, y);
    toCondition(to, y);
    fromCondition(to, to, RowConstant::one);
  }

  A c;
  size_t top_ = 0;
};

}  // namespace

std::unique_ptr<RowTarget> neonRows() { return std::make_unique<NeonRows>(); }

}  // namespace spikeward
