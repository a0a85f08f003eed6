// Row operations for AVX-512: 32 vectors of 512 bits, conditions in mask registers.
#include "codegen/rowTarget.hpp"
#include "codegen/x86/x86Rows.hpp"

namespace spikeward {
namespace {

using X = X86Code;

class Avx512Rows final : public X86Rows {
 public:
  Avx512Rows() : X86Rows(64) {}

  int vectors() const override { return 32; }
  int conditions() const override { return 7; }
  bool takesMemory(const Instruction&) const override { return true; }
  Temporary temporaryOf(const Instruction& i) const override {
    const bool needs = i.op == Op::cast ? i.dtype == DType::boolean && i.from != DType::boolean : (i.op == Op::max || i.op == Op::min) && i.dtype == DType::f32;
    return needs ? Temporary::condition : Temporary::none;
  }

  void load(int to, const RowAddress& from) override { c.evex(kLoad, to, 0, memoryOf(from)); }
  void store(int from, const RowAddress& to) override { c.evex(kStore, from, 0, memoryOf(to)); }
  void move(int to, int from) override { c.evex(kMove, to, 0, from); }

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
      c.evex(kCompareFloat, mask(temporary), x, x);
      c.byte(3);
      c.evex(kMove, to, 0, x, mask(temporary));
    }
  }

  void compare(const Instruction& i, int to, int x, const RowOperand& y, int) override {
    static constexpr int floats[] = {0x11, 0x12, 0x00, 0x04}, integers[] = {1, 2, 0, 4};
    const bool real = i.from == DType::f32;
    op(real ? kCompareFloat : i.from == DType::i32 ? kCompareSigned : kCompareUnsigned, mask(to), x, y);
    c.byte((real ? floats : integers)[int(i.op) - int(Op::lt)]);
  }
  void select(int to, int condition, int x, int y) override { c.evex(kBlend, to, y, x, mask(condition)); }
  void fromCondition(int to, int condition, RowConstant which) override { c.evex(kLoad, to, 0, constant(which), mask(condition), true); }
  void toCondition(int to, int from) override { c.evex(kTestNonZero, mask(to), from, from); }

 private:
  static constexpr X::Form kLoad{X::NP, X::M0F, 0x10}, kStore{X::NP, X::M0F, 0x11}, kMove{X::NP, X::M0F, 0x28};
  static constexpr X::Form kAnd{X::P66, X::M0F, 0xdb}, kXor{X::P66, X::M0F, 0xef};
  static constexpr X::Form kSquareRoot{X::NP, X::M0F, 0x51}, kSignedToFloat{X::NP, X::M0F, 0x5b}, kUnsignedToFloat{X::PF2, X::M0F, 0x7a};
  static constexpr X::Form kCompareFloat{X::NP, X::M0F, 0xc2}, kCompareSigned{X::P66, X::M0F3A, 0x1f}, kCompareUnsigned{X::P66, X::M0F3A, 0x1e};
  static constexpr X::Form kTestNonZero{X::P66, X::M0F38, 0x27}, kBlend{X::P66, X::M0F38, 0x65};

  // Mask register 0 means no mask.
  static int mask(int condition) { return condition + 1; }
  void op(X::Form f, int to, int x, const RowOperand& y) {
    if (y.vector >= 0) c.evex(f, to, x, y.vector);
    else c.evex(f, to, x, memoryOf(y.memory));
  }
  // to ← y op constant.
  void with(X::Form f, int to, const RowOperand& y, RowConstant which) {
    if (y.vector < 0) load(to, y.memory);
    c.evex(f, to, y.vector < 0 ? to : y.vector, constant(which));
  }
  void cast(const Instruction& i, int to, const RowOperand& y, int temporary) {
    if (i.dtype == DType::f32) return op(i.from == DType::u32 ? kUnsignedToFloat : kSignedToFloat, to, 0, y);
    if (i.dtype != DType::boolean || i.from == DType::boolean) return y.vector >= 0 ? move(to, y.vector) : load(to, y.memory);
    if (y.vector < 0) load(to, y.memory);
    toCondition(temporary, y.vector < 0 ? to : y.vector);
    fromCondition(to, temporary, RowConstant::one);
  }
};

}  // namespace

std::unique_ptr<RowTarget> avx512Rows() { return std::make_unique<Avx512Rows>(); }

}  // namespace spikeward
