// Row operations for AVX2: 16 vectors of 256 bits. A condition is a vector whose elements are all ones or all zeros.
#include "codegen/x86/x86Rows.hpp"

#include "codegen/rowTarget.hpp"

namespace spikeward {
namespace {

using X = X86Code;

class Avx2Rows final : public X86Rows {
 public:
  Avx2Rows() : X86Rows(32) {}

  int vectors() const override { return 16; }
  int conditions() const override { return 0; }
  // For integers only y > x has an instruction, so x < y needs y in a register.
  bool takesMemory(const Instruction& i) const override { return (i.op != Op::lt && i.op != Op::le) || i.from == DType::f32; }
  Temporary temporaryOf(const Instruction& i) const override {
    const bool fromUnsigned = i.from == DType::u32, real = i.dtype == DType::f32;
    const bool needs = i.op == Op::cast ? fromUnsigned && real : i.op == Op::lt || i.op == Op::le ? fromUnsigned : (i.op == Op::max || i.op == Op::min) && real;
    return needs ? Temporary::vector : Temporary::none;
  }

  void load(int to, const RowAddress& from) override { c.vex(kLoad, to, 0, memoryOf(from)); }
  void store(int from, const RowAddress& to) override { c.vex(kStore, from, 0, memoryOf(to)); }
  void move(int to, int from) override { c.vex(kMove, to, 0, from); }

  void compute(const Instruction& i, int to, int x, const RowOperand& y, int temporary) override {
    switch (i.op) {
      case Op::neg: return with(kXor, to, y, RowConstant::sign);
      case Op::abs: return with(kAnd, to, y, RowConstant::magnitude);
      case Op::sqrt: return op(kSquareRoot, to, 0, y);
      case Op::logicalNot: return with(kXor, to, y, RowConstant::one);
      case Op::bitcast: return y.vector >= 0 ? move(to, y.vector) : load(to, y.memory);
      case Op::cast: return cast(i, to, y, temporary);
      default: break;
    }
    X::Form form;
    formOf(i, form);
    op(form, to, x, y);
    if ((i.op == Op::max || i.op == Op::min) && i.dtype == DType::f32) {
      // The instruction returns its second operand if either is NaN; if x is NaN, the result must be x.
      c.vex(kCompareFloat, temporary, x, x);
      c.byte(3);
      blend(to, temporary, x, to);
    }
  }

  void compare(const Instruction& i, int to, int x, const RowOperand& y, int temporary) override {
    const int which = int(i.op) - int(Op::lt);
    if (i.from == DType::f32) {
      static constexpr int predicates[] = {0x11, 0x12, 0x00, 0x04};
      op(kCompareFloat, to, x, y);
      return c.byte(predicates[which]);
    }
    // x = y, x > y or y > x, optionally inverted. Unsigned numbers are compared as signed ones with the sign bit
    // flipped.
    if (which >= 2) op(kEqual, to, x, y);
    else {
      int left = x, right = y.vector;
      if (i.from == DType::u32) {
        c.vex(kXor, temporary, x, constant(RowConstant::sign));
        c.vex(kXor, to, right, constant(RowConstant::sign));
        left = temporary, right = to;
      }
      if (which == 0) c.vex(kGreater, to, right, left);
      else c.vex(kGreater, to, left, right);
    }
    if (which == 1 || which == 3) c.vex(kXor, to, to, constant(RowConstant::allOnes));
  }
  void select(int to, int condition, int x, int y) override { blend(to, condition, x, y); }
  void fromCondition(int to, int condition, RowConstant which) override { c.vex(kAnd, to, condition, constant(which)); }
  void toCondition(int to, int from) override {
    c.vex(kEqual, to, from, constant(RowConstant::zero));
    c.vex(kXor, to, to, constant(RowConstant::allOnes));
  }

 private:
  static constexpr X::Form kLoad{X::NP, X::M0F, 0x10}, kStore{X::NP, X::M0F, 0x11}, kMove{X::NP, X::M0F, 0x28};
  static constexpr X::Form kAnd{X::P66, X::M0F, 0xdb}, kXor{X::P66, X::M0F, 0xef};
  static constexpr X::Form kAdd{X::NP, X::M0F, 0x58}, kMultiply{X::NP, X::M0F, 0x59}, kSquareRoot{X::NP, X::M0F, 0x51}, kToFloat{X::NP, X::M0F, 0x5b};
  static constexpr X::Form kCompareFloat{X::NP, X::M0F, 0xc2}, kGreater{X::P66, X::M0F, 0x66}, kEqual{X::P66, X::M0F, 0x76};
  static constexpr X::Form kBlend{X::P66, X::M0F3A, 0x4a}, kShiftImmediate{X::P66, X::M0F, 0x72};

  void op(X::Form f, int to, int x, const RowOperand& y) {
    if (y.vector >= 0) c.vex(f, to, x, y.vector);
    else c.vex(f, to, x, memoryOf(y.memory));
  }
  // to ← y op constant.
  void with(X::Form f, int to, const RowOperand& y, RowConstant which) {
    if (y.vector < 0) load(to, y.memory);
    c.vex(f, to, y.vector < 0 ? to : y.vector, constant(which));
  }
  // to ← condition ? x : y.
  void blend(int to, int condition, int x, int y) {
    c.vex(kBlend, to, y, x);
    c.byte(condition << 4);
  }
  void cast(const Instruction& i, int to, const RowOperand& y, int temporary) {
    if (i.dtype == DType::f32 && i.from != DType::u32) return op(kToFloat, to, 0, y);
    if (i.dtype == DType::f32) {
      // Both halves are exact, and their sum is rounded once.
      if (y.vector < 0) load(to, y.memory);
      const int x = y.vector < 0 ? to : y.vector;
      c.vex(kShiftImmediate, 2, temporary, x);
      c.byte(16);
      c.vex(kToFloat, temporary, 0, temporary);
      c.vex(kMultiply, temporary, temporary, constant(RowConstant::two16));
      c.vex(kAnd, to, x, constant(RowConstant::low16));
      c.vex(kToFloat, to, 0, to);
      return c.vex(kAdd, to, temporary, to);
    }
    if (i.dtype != DType::boolean || i.from == DType::boolean) return y.vector >= 0 ? move(to, y.vector) : load(to, y.memory);
    if (y.vector < 0) load(to, y.memory);
    toCondition(to, y.vector < 0 ? to : y.vector);
    fromCondition(to, to, RowConstant::one);
  }
};

}  // namespace

std::unique_ptr<RowTarget> avx2Rows() { return std::make_unique<Avx2Rows>(); }

}  // namespace spikeward
