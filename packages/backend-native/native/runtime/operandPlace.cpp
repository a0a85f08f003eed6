#include "runtime/operandPlace.hpp"

namespace spikeward {

OperandPlace placeOf(const Plan& plan, const Operand& operand, DType dtype) {
  const Slot& slot = plan.slots[size_t(operand.slot)];
  const int64_t bytes = int64_t(bytesOf(dtype));
  OperandPlace p;
  if (slot.kind == Slot::Kind::temporary || slot.kind == Slot::Kind::tileLocal) {
    if (slot.kind == Slot::Kind::tileLocal) p.in = OperandPlace::In::tile;
    p.offset = slot.byteOffset;
  } else {
    p.in = OperandPlace::In::argument;
    p.argument = int(slot.index + (slot.kind == Slot::Kind::output ? plan.inputs : 0));
  }
  p.offset += operand.offset * bytes;
  for (int64_t by : operand.advance) p.advance.push_back(by * bytes);
  return p;
}

bool mayAlias(const Plan& plan, const Operand& x, const Operand& y) {
  using Kind = Slot::Kind;
  const Slot& a = plan.slots[size_t(x.slot)];
  const Slot& b = plan.slots[size_t(y.slot)];
  if (a.kind == Kind::temporary && b.kind == Kind::temporary) {
    const int64_t endA = a.byteOffset + a.size * int64_t(bytesOf(a.dtype)), endB = b.byteOffset + b.size * int64_t(bytesOf(b.dtype));
    return a.byteOffset < endB && b.byteOffset < endA;
  }
  // Parts of the scratch of one tile are either identical or disjoint.
  if (a.kind == Kind::tileLocal && b.kind == Kind::tileLocal) return a.byteOffset == b.byteOffset;
  const auto inMemoryOfRun = [](const Slot& s) { return s.kind == Kind::temporary || s.kind == Kind::tileLocal; };
  if (inMemoryOfRun(a) || inMemoryOfRun(b)) return false;
  if (a.kind == b.kind) return a.index == b.index;
  const Slot& out = a.kind == Kind::output ? a : b;
  const Slot& in = a.kind == Kind::output ? b : a;
  return plan.donations[size_t(out.index)] == in.index;
}

}  // namespace spikeward
