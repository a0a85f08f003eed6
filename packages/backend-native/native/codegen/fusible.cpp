#include "codegen/fusible.hpp"

namespace spikeward {

namespace {

bool is32(DType d) { return d != DType::f64; }

}  // namespace

// Operations with one instruction of two operands.
bool simpleForm(const Instruction& i, MachineCode::Form& form) {
  const bool real = i.dtype == DType::f32, isSigned = i.dtype == DType::i32;
  switch (i.op) {
    case Op::add: return form = real ? MachineCode::Form{MachineCode::NP, MachineCode::M0F, 0x58} : MachineCode::Form{MachineCode::P66, MachineCode::M0F, 0xfe}, true;
    case Op::sub: return form = real ? MachineCode::Form{MachineCode::NP, MachineCode::M0F, 0x5c} : MachineCode::Form{MachineCode::P66, MachineCode::M0F, 0xfa}, true;
    case Op::mul: return form = real ? MachineCode::Form{MachineCode::NP, MachineCode::M0F, 0x59} : MachineCode::Form{MachineCode::P66, MachineCode::M0F38, 0x40}, true;
    case Op::div: return form = {MachineCode::NP, MachineCode::M0F, 0x5e}, real;
    case Op::max: return form = {MachineCode::P66, MachineCode::M0F38, uint8_t(isSigned ? 0x3d : 0x3f)}, !real;
    case Op::min: return form = {MachineCode::P66, MachineCode::M0F38, uint8_t(isSigned ? 0x39 : 0x3b)}, !real;
    case Op::bitAnd: return form = {MachineCode::P66, MachineCode::M0F, 0xdb}, true;
    case Op::bitOr: return form = {MachineCode::P66, MachineCode::M0F, 0xeb}, true;
    case Op::bitXor: return form = {MachineCode::P66, MachineCode::M0F, 0xef}, true;
    case Op::shiftLeft: return form = {MachineCode::P66, MachineCode::M0F38, 0x47}, i.smallShift;
    case Op::shiftRight: return form = {MachineCode::P66, MachineCode::M0F38, uint8_t(isSigned ? 0x46 : 0x45)}, i.smallShift;
    default: return false;
  }
}

bool isComparison(Op op) { return op >= Op::lt && op <= Op::ne; }

bool canFuse(const Instruction& i) {
  if (i.kind != Instruction::compute || i.uniform || i.late || !is32(i.dtype) || !is32(i.from)) return false;
  MachineCode::Form form;
  switch (i.op) {
    case Op::neg:
    case Op::abs: return i.dtype == DType::f32;
    case Op::sqrt:
    case Op::select:
    case Op::bitcast: return true;
    case Op::logicalNot: return i.dtype == DType::boolean;
    case Op::cast: return !isFloat(i.from);
    case Op::max:
    case Op::min: return true;
    default: return isComparison(i.op) || simpleForm(i, form);
  }
}

int argumentCount(const Instruction& i) { return i.spread ? 1 : argumentsOf(i.op); }

}  // namespace spikeward
