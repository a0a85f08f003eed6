#include "codegen/x86/x86Rows.hpp"

#include <algorithm>

namespace spikeward {

constexpr int X86Rows::kPointers[];

bool X86Rows::formOf(const Instruction& i, X86Code::Form& form) {
  using X = X86Code;
  const bool real = i.dtype == DType::f32, isSigned = i.dtype == DType::i32;
  switch (i.op) {
    case Op::add: return form = real ? X::Form{X::NP, X::M0F, 0x58} : X::Form{X::P66, X::M0F, 0xfe}, true;
    case Op::sub: return form = real ? X::Form{X::NP, X::M0F, 0x5c} : X::Form{X::P66, X::M0F, 0xfa}, true;
    case Op::mul: return form = real ? X::Form{X::NP, X::M0F, 0x59} : X::Form{X::P66, X::M0F38, 0x40}, true;
    case Op::div: return form = {X::NP, X::M0F, 0x5e}, real;
    // For floats, returns the second operand if either is NaN; the target corrects that.
    case Op::max: return form = real ? X::Form{X::NP, X::M0F, 0x5f} : X::Form{X::P66, X::M0F38, uint8_t(isSigned ? 0x3d : 0x3f)}, true;
    case Op::min: return form = real ? X::Form{X::NP, X::M0F, 0x5d} : X::Form{X::P66, X::M0F38, uint8_t(isSigned ? 0x39 : 0x3b)}, true;
    case Op::bitAnd: return form = {X::P66, X::M0F, 0xdb}, true;
    case Op::bitOr: return form = {X::P66, X::M0F, 0xeb}, true;
    case Op::bitXor: return form = {X::P66, X::M0F, 0xef}, true;
    case Op::shiftLeft: return form = {X::P66, X::M0F38, 0x47}, i.smallShift;
    case Op::shiftRight: return form = {X::P66, X::M0F38, uint8_t(isSigned ? 0x46 : 0x45)}, i.smallShift;
    default: return false;
  }
}

bool X86Rows::encodes(const Instruction& i) const {
  X86Code::Form form;
  switch (i.op) {
    case Op::neg:
    case Op::abs: return i.dtype == DType::f32;
    case Op::sqrt:
    case Op::select:
    case Op::bitcast: return true;
    case Op::logicalNot: return i.dtype == DType::boolean;
    case Op::cast: return !isFloat(i.from);
    default: return (i.op >= Op::lt && i.op <= Op::ne) || formOf(i, form);
  }
}

X86Code::Memory X86Rows::memoryOf(const RowAddress& a) {
  const int index = a.moves ? kRcx : -1;
  switch (a.in) {
    case RowAddress::In::scratch: return {kRdx, index, a.at};
    case RowAddress::In::constant: return {kR10, index, a.at};
    default: break;
  }
  if (a.pointer >= 0) return {kPointers[a.pointer], index, 0};
  c.loadPointer(kRax, kRdi, a.at * 8);
  return {kRax, index, 0};
}

void X86Rows::enter(const std::vector<int>& held) {
  saved_ = held.size() > kFirstSaved ? held.size() - kFirstSaved : 0;
  for (size_t i = 0; i < saved_; i++) c.push(kPointers[kFirstSaved + i]);
  for (size_t i = 0; i < held.size(); i++) c.loadPointer(kPointers[i], kRdi, held[i] * 8);
  c.loadImmediate(kR10, reinterpret_cast<uintptr_t>(rowConstants()));
}

void X86Rows::beginLoop() {
  c.clear(kRcx);
  top_ = bytes.size();
}

void X86Rows::leave() {
  c.addImmediate(kRcx, vectorBytes_);
  c.compare(kRcx, kRsi);
  c.jumpBelow(top_);
  for (size_t i = saved_; i-- > 0;) c.pop(kPointers[kFirstSaved + i]);
  c.put({0xc5, 0xf8, 0x77, 0xc3});  // vzeroupper, ret
}

}  // namespace spikeward
